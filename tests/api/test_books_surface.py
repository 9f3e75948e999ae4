"""What holds on every route of the books' surface: who may, which ids exist, and that nothing misspelt passes."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from erp.rights import Role
from tests.api.routes import NOBODY, OF_OBJECTS, OF_ONE_ROW, ROUTES, SHORT_NAMES, WRITES, Route
from tests.builders import Answer, World, new_world, send
from tests.trade import Trade


@dataclass
class Staff:
    """One company and a token of each role, for the tests that change nothing which another could notice."""

    world: World
    _tokens: dict[Role, str] = field(default_factory=dict)

    def ask(
        self,
        route: Route,
        body: Any = None,
        *,
        role: Role = Role.OWNER,
        row_id: str = NOBODY,
        query: str = "",
        **headers: str,
    ) -> Answer:
        if role not in self._tokens:
            self._tokens[role] = self.world.token(role)
        headers["Authorization"] = f"Bearer {self._tokens[role]}"
        return send(route.method, route.at(row_id) + query, route.body if body is None else body, **headers)


@pytest.fixture(scope="module")
def staff(migrated_database: None) -> Staff:
    return Staff(new_world())


def told(answer: Answer) -> dict[str, Any]:
    """The refusal, without what is new in every answer."""
    return {name: value for name, value in answer.body.items() if name != "request_id"}


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_route_is_open_to_the_roles_of_the_contract_and_to_no_other(staff: Staff, route: Route) -> None:
    for role in Role:
        answer = staff.ask(route, role=role)
        assert (answer.status != 403) == (role in route.roles), (role, answer.status, answer.body)


@pytest.mark.parametrize("route", [route for route in ROUTES if Role.VIEWER not in route.roles], ids=str)
def test_a_refusal_names_the_roles_that_would_be_allowed(staff: Staff, route: Route) -> None:
    (roles,) = [text for text, allowed in SHORT_NAMES.items() if allowed == route.roles]
    refused = told(staff.ask(route, role=Role.PICKER))
    if route.path == "/api/inventory/adjustments/":
        roles = "ADMIN or ACCOUNTANT or STOCK_KEEPER"  # the route is open to those who count stock as well
    assert refused == {"error": f"Permission denied. Requires {roles} role.", "code": "permission-denied"}


def test_opening_stock_is_the_accountants_and_counting_the_stock_keepers(staff: Staff) -> None:
    opening, counting = (one for one in WRITES if one.path == "/api/inventory/adjustments/")
    for route, role, roles in (
        (opening, Role.STOCK_KEEPER, "ADMIN or ACCOUNTANT"),
        (counting, Role.ACCOUNTANT, "ADMIN or STOCK_KEEPER"),
    ):
        refused = told(staff.ask(route, role=role))
        assert refused == {"error": f"Permission denied. Requires {roles} role.", "code": "permission-denied"}


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_no_route_takes_an_api_key_or_nobody(staff: Staff, route: Route) -> None:
    for headers in ({"X-API-Key": staff.world.api_key}, {}):
        answer = send(route.method, route.at(NOBODY), route.body, **headers)
        assert (answer.status, answer.body["code"]) == (401, "not-authenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("route", OF_ONE_ROW, ids=str)
def test_an_id_that_nobody_has_and_one_that_is_none_are_not_found(staff: Staff, route: Route) -> None:
    for row_id in (NOBODY, "x", "42", "{" + NOBODY + "}", NOBODY.replace("-", "")):
        answer = staff.ask(route, row_id=row_id)
        assert (answer.status, answer.body["error"], answer.body["code"]) == (404, route.missing, "not-found"), row_id


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_parameter_that_nobody_knows_is_refused(staff: Staff, route: Route) -> None:
    answer = staff.ask(route, query="?dryrun=true")
    assert (answer.status, answer.body["code"]) == (400, "unknown-parameter"), answer.body
    assert answer.body["fields"] == {"dryrun": ["This parameter is not known."]}


@pytest.mark.parametrize("route", OF_OBJECTS, ids=str)
def test_a_key_that_nobody_knows_is_refused(staff: Staff, route: Route) -> None:
    answer = staff.ask(route, (route.body or {}) | {"aply_gst": False})
    assert (answer.status, answer.body["code"]) == (400, "unknown-field"), answer.body
    assert answer.body["fields"] == {"aply_gst": ["This field is not known."]}


@pytest.mark.parametrize("route", OF_OBJECTS, ids=str)
def test_a_body_that_is_no_object_is_refused(staff: Staff, route: Route) -> None:
    for body in (b"[]", b"{", b"null", b'{"a": NaN}'):
        answer = staff.ask(route, body)
        assert (answer.status, answer.body["code"]) == (400, "parse-error"), body


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_a_refusal_is_rendered_as_problem_details_on_demand(staff: Staff, route: Route) -> None:
    answer = staff.ask(route, query="?dryrun=true", Accept="application/problem+json")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["errors"] == [
        {"pointer": "/dryrun", "code": "unknown-parameter", "detail": "This parameter is not known."}
    ]


def test_rows_of_another_company_are_not_there(staff: Staff, other_world: World) -> None:
    theirs = Trade(other_world)
    invoice = theirs.posted()
    payment = theirs.pay(invoice, "1.00")
    order = invoice["sales_order"]
    line = invoice["lines"][0]
    rows = {
        "Sales order not found": order,
        "Invoice not found": invoice["id"],
        "Payment not found": payment["id"],
        "Customer not found": invoice["party"],
        "Supplier not found": theirs.supplier()["id"],
        "Purchase order not found": theirs.purchase()["id"],
        "Goods receipt not found": theirs.receipt()["id"],
        "Stock document not found": theirs.get("/api/inventory/adjustments/").body[0]["id"],
        "Transfer not found": theirs.transfer(theirs.item("MOVED")["id"], "1")["id"],
        "Revaluation not found": theirs.revaluation(theirs.layer(), "1")["id"],
        "Batch not found": theirs.batch()["id"],
        "Item not found": line["item"],
        "Price list not found": theirs.price_list()["id"],
        "Registration not found": theirs.registration()["id"],
        "Membership not found": theirs.get("/api/companies/memberships/").body[0]["id"],
        "API key not found": theirs.api_key()["id"],
        "Webhook not found": theirs.webhook()["id"],
        "HSN rate not found": theirs.hsn_rate("8471", "18")["id"],
        "Unit of measure not found": line["uom"],
        "Warehouse not found": theirs.get(f"/api/orders/sales/{order}/").body["warehouse"],
        "Salesman not found": theirs.made("/api/orders/salesmen/", {"name": "Ajay"})["id"],
    }
    for route in OF_ONE_ROW:
        foreign, unknown = (staff.ask(route, row_id=row_id) for row_id in (rows[route.missing], NOBODY))
        assert foreign.status == 404, route
        assert told(foreign) == told(unknown), route
    for listing in (
        "/api/orders/sales/",
        "/api/orders/customers/",
        "/api/purchasing/suppliers/",
        "/api/purchasing/orders/",
        "/api/purchasing/receipts/",
        "/api/inventory/adjustments/",
        "/api/inventory/transfers/",
        "/api/inventory/revaluations/",
        "/api/inventory/movements/",
        "/api/inventory/batches/",
        "/api/inventory/hsn_rates/",
        "/api/inventory/price_lists/",
        "/api/invoices/",
        "/api/payments/",
    ):
        seen = Trade(staff.world).get(listing).body
        assert not {row["id"] for row in seen} & set(rows.values()), listing


def test_a_body_that_names_rows_of_another_company_is_refused(world: World, other_world: World) -> None:
    ours, theirs = Trade(world), Trade(other_world)
    their_item, their_customer = theirs.item()["id"], theirs.customer()["id"]
    their_warehouse = theirs.get("/api/inventory/warehouses/").body[0]["id"]
    their_salesman = theirs.made("/api/orders/salesmen/", {"name": "Ajay"})["id"]
    item, customer = ours.item()["id"], ours.customer()["id"]
    line = {"item_id": item, "quantity": "1"}
    body = {"customer_id": customer, "items": [line]}
    for changes, where in [
        ({"customer_id": their_customer}, {"customer_id": ["Customer not found"]}),
        ({"warehouse_id": their_warehouse}, {"warehouse_id": ["Warehouse not found"]}),
        ({"salesman_id": their_salesman}, {"salesman_id": ["Salesman not found"]}),
        ({"currency_id": NOBODY}, {"currency_id": ["Currency not found"]}),
        ({"price_list_id": NOBODY}, {"price_list_id": ["Price list not found"]}),
        ({"items": [line, line | {"item_id": their_item}]}, {"items": [{}, {"item_id": ["Item not found"]}]}),
    ]:
        answer = ours.post("/api/orders/sales/", body | changes)
        assert (answer.status, answer.body["code"], answer.body["fields"]) == (404, "not-found", where)


def test_all_faults_are_told_at_once(world: World) -> None:
    line = {"item_id": "x", "quantity": 0, "colour": "red"}
    body = {"currency_id": "", "order_date": "26.12.2025", "items": [line, {"item_id": NOBODY, "quantity": "1"}], "nots": ""}
    answer = Trade(world).post("/api/orders/sales/", body)
    assert (answer.status, answer.body["code"], answer.body["error"]) == (400, "validation", "Validation failed")
    fields = answer.body["fields"]
    assert fields.keys() == {"customer_id", "currency_id", "order_date", "items", "nots"}
    assert fields["items"][0].keys() == {"item_id", "quantity", "colour"}
    assert fields["items"][1] == {}
