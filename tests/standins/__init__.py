"""Foreign systems as far as we talk to them: stateful, deterministic, with faults to order. All ours."""
