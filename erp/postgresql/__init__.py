"""Django's PostgreSQL backend, with one change: see `erp.postgresql.base`."""
