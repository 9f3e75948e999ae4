"""Invoice Ninja v5: clients there and customers here, what they owe, and in which state their invoices are."""
