"""An Invoice Ninja v5 that remembers, with its ways that bite: made from what is known of its API, of no code of theirs."""
