"""All calls: a good request for every route."""

from tests.house import (
    calls,
    calls_of_books,
    calls_of_connectors,
    calls_of_people,
    calls_of_purchasing,
    calls_of_stock,
    calls_of_warehouse,
)

CALLS = calls.CALLS | calls_of_books.CALLS | calls_of_purchasing.CALLS | calls_of_stock.CALLS | calls_of_warehouse.CALLS
CALLS |= calls_of_people.CALLS | calls_of_connectors.CALLS
