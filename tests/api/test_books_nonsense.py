"""Whatever is sent to the books' surface is answered by a refusal or done; never by an error of ours."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.routes import NOBODY, OF_OBJECTS, ROUTES, WRITES, Route
from tests.api.target import Target
from tests.trade import DAY

patiently = settings(max_examples=15, suppress_health_check=list(HealthCheck))

NUMBERS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from(["0", "-0", "0.00", "1", "999999999.999", "9999999999.9999", "1e5", "٣", "1_0", " 1 ", "NaN"]),
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "27", "MH", "PCS", "INR", DAY, "0001-01-01", "9999-12-31", NOBODY, "x" * 3000, "a\nb", "\u202e", "%s"]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def target(migrated_database: None) -> Target:
    return Target()


def members_of(route: Route) -> list[str]:
    """Names that the routes of the surface read, so that nonsense gets past the first look."""
    return sorted({name for other in OF_OBJECTS for name in (other.body or {})} | set(route.body or {}) | MORE)


MORE = {
    "quantity", "unit_rate", "override_rate", "discount_pct", "discount_percent", "uom_code", "due_date", "order_date",
    "currency_id", "warehouse_id", "salesman_id", "discount_amount", "items", "lines", "credit_limit", "credit_days",
    "state_code", "gstin", "gst_treatment", "uom_id", "gst_rate", "sale_rate", "mrp", "tracked", "is_default", "decimals",
    "partial_allowed", "invoice_date", "company_state_code", "posting_date", "mode", "account_code", "excess", "reason",
    "purchase_order_id", "expected_date",
}  # fmt: skip


@patiently
@given(prices=st.lists(st.dictionaries(st.sampled_from(["unit_rate", "min_quantity", "discount_pct", "valid_to"]), VALUES)))
def test_no_array_is_an_error_of_ours(target: Target, prices: list[Any]) -> None:
    (route,) = [route for route in WRITES if isinstance(route.body, list)]
    line = {"item_id": target.known["item_id"], "unit_rate": 1}
    assert target.ask(route, [line | price for price in prices]) < 500


@pytest.mark.parametrize("route", OF_OBJECTS, ids=str)
@patiently
@given(data=st.data())
def test_no_body_is_an_error_of_ours(target: Target, route: Route, data: st.DataObject) -> None:
    body = {name: target.known.get(name, value) for name, value in (route.body or {}).items()}
    strange: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(members_of(route)), VALUES, max_size=3))
    if data.draw(st.booleans()):
        with_lines = any(word in route.path for word in ("invoices", "adjustments", "receipts"))
        strange["lines" if with_lines else "items"] = [
            {"item_id": target.known["item_id"], "quantity": 1, "unit_cost": 1}
            | data.draw(st.dictionaries(TEXTS, VALUES, max_size=2))
        ]
    assert target.ask(route, body | strange) < 500


STRANGE_LINES = st.lists(
    st.dictionaries(st.sampled_from(["quantity", "unit_cost", "batch_no", "manufactured_on", "expiry_date"]), VALUES),
    min_size=1,
    max_size=3,
)


@patiently
@given(lines=STRANGE_LINES, changes=st.dictionaries(st.sampled_from(["warehouse_id", "posting_date"]), VALUES))
def test_no_receipt_of_an_order_is_an_error_of_ours(target: Target, lines: list[Any], changes: dict[str, Any]) -> None:
    (route,) = [route for route in WRITES if route.path == "/api/purchasing/receipts/"]
    coming = [{"order_item": target.coming, "quantity": "0.001"} | line for line in lines]
    body = {"purchase_order_id": target.known["purchase_order_id"], "receipt_date": DAY, "lines": coming}
    assert target.ask(route, body | changes) < 500


PARAMETERS = [
    "status", "customer", "party", "start_date", "as_of", "search", "page_size", "cursor", "expand", "overdue", "item",
    "supplier", "purchase_order", "order", "code", "is_active", "below_reorder", "unallocated", "_",
]  # fmt: skip


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=str)
@patiently
@given(data=st.data())
def test_no_query_is_an_error_of_ours(target: Target, route: Route, data: st.DataObject) -> None:
    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from(PARAMETERS), TEXTS.filter(lambda text: text.isascii())), max_size=4)
    )
    query = "&".join(f"{name}={text}" for name, text in pairs if text.isprintable() and not set(text) & set("&#? "))
    assert target.ask(route, None, f"?{query}") < 500
