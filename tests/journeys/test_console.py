"""The page in a real browser: what a person sees and does, and what no page may do to him."""

import json
import re
import urllib.request
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from erp.rights import Role
from erp.tokens import STREAM_COOKIE
from tests.browsing import Window, running_browser
from tests.builders import PASSWORD, World, invoice_body, item_body, send
from tests.serving import RunningServer, running_server
from tests.warehouse import Warehouse

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.db_heavy

WIDTHS = [360, 390, 640, 768, 1023, 1024, 1100, 1200, 1280, 1700]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    # Playwright keeps a loop in this thread, and Django then takes every query for one that blocks it.
    with pytest.MonkeyPatch.context() as patch, running_browser() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture(scope="module")
def server(browser: "Browser") -> Iterator[RunningServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def window(browser: "Browser", server: RunningServer) -> Iterator[Window]:
    """A wide window of somebody who has never been here. At the end nothing in it may have gone wrong."""
    window = Window.open(browser, server.base_url, viewport={"width": 1280, "height": 800})
    yield window
    window.close()
    assert window.complaints == []


def post(server: RunningServer, world: World, body: dict[str, Any]) -> None:
    """An import as a billing system sends it, to the server that the page listens to."""
    request = urllib.request.Request(
        f"{server.base_url}/api/sales/import/invoice/",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "X-API-Key": world.api_key},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in {200, 201}


def sign_in(window: Window, world: World, role: Role = Role.BILLER) -> "Page":
    page = window.page
    page.goto("/")
    page.get_by_label("E-mail").fill(world.user(role).email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Live", exact=True).wait_for()
    page.locator("#sheet[aria-busy=false]").wait_for()
    return page


def numbers(page: "Page") -> list[str]:
    """What the table shows, from top to bottom."""
    shown: list[str] = page.locator("#rows tr .no").all_inner_texts()
    return shown


def counted(page: "Page", text: str) -> None:
    """Wait until the page says that it shows so many."""
    page.locator("#count").get_by_text(text, exact=True).wait_for()


def test_a_person_signs_in_sees_an_invoice_arrive_opens_it_filters_and_signs_out(
    window: Window, server: RunningServer, world: World
) -> None:
    page = sign_in(window, world, Role.SALES_MANAGER)
    assert page.url == f"{server.base_url}/console/"
    who = page.get_by_role("banner").inner_text()
    assert world.company.name in who
    assert "Sales_Manager · Sales manager" in who
    page.locator("#empty").get_by_text("No invoices yet").wait_for()

    page.evaluate("window.untouched = true")
    post(server, world, invoice_body(invoice_no="A-1", priority="HIGH"))
    row = page.get_by_role("row").filter(has_text="A-1")
    row.wait_for()
    assert "fresh" in str(row.get_attribute("class"))
    assert [text.strip() for text in row.get_by_role("cell").all_inner_texts()][:9] == [
        "A-1",
        "23 Jan 2026",
        "LifeCare Pharmacy CUST-889",
        "Ajay",
        "1",
        "70.00",
        "Invoiced",
        "Billed",
        "High",
    ]
    assert "New invoice" in page.get_by_role("log").inner_text()

    post(server, world, invoice_body(invoice_no="A-2", customer={"code": "C-2", "name": "Green Cross"}, priority="LOW"))
    page.get_by_role("row").filter(has_text="A-2").wait_for()
    assert numbers(page) == ["A-2", "A-1"]
    post(server, world, invoice_body(invoice_no="A-1", priority="HIGH", items=[item_body(quantity=30), item_body(mrp=4)]))
    row.filter(has_text="185.00").wait_for()
    assert numbers(page) == ["A-2", "A-1"]
    assert "Changed: items, total" in page.get_by_role("log").inner_text()

    page.get_by_role("cell").get_by_role("button", name="A-1").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("2 lines").wait_for()
    assert "LifeCare Pharmacy" in drawer.inner_text()
    post(server, world, invoice_body(invoice_no="A-1", priority="HIGH", remarks="Ring twice"))
    drawer.get_by_text("Ring twice").wait_for()
    assert "1 line" in drawer.inner_text()
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")

    page.get_by_label("Search").fill("green")
    counted(page, "1 invoice, newest first")
    assert numbers(page) == ["A-2"]
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Priority").select_option("High")
    counted(page, "1 invoice, newest first")
    assert numbers(page) == ["A-1"]
    assert page.evaluate("window.untouched") is True

    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").wait_for()
    assert "A-1" not in page.content()
    assert {cookie["name"] for cookie in page.context.cookies()} == set()
    page.reload()
    page.get_by_label("E-mail").wait_for()


def test_what_does_not_match_the_filters_does_not_appear_and_what_ceases_to_match_goes(
    window: Window, server: RunningServer, world: World
) -> None:
    post(server, world, invoice_body(invoice_no="A-1", priority="HIGH"))
    page = sign_in(window, world)
    page.get_by_label("Priority").select_option("High")
    counted(page, "1 invoice, newest first")
    post(server, world, invoice_body(invoice_no="A-2", priority="LOW"))
    post(server, world, invoice_body(invoice_no="A-3", priority="HIGH"))
    page.get_by_role("row").filter(has_text="A-3").wait_for()
    assert numbers(page) == ["A-3", "A-1"]
    post(server, world, invoice_body(invoice_no="A-1", priority="LOW"))
    counted(page, "1 invoice, newest first")
    assert numbers(page) == ["A-3"]
    page.get_by_label("Made from").fill("2199-01-01")
    page.locator("#empty").get_by_text("No invoice matches").wait_for()
    post(server, world, invoice_body(invoice_no="A-4", priority="HIGH"))
    page.get_by_role("log").get_by_text("A-4").wait_for()
    assert numbers(page) == []


def test_a_reload_keeps_the_session_and_the_filters_but_no_token(
    window: Window, server: RunningServer, world: World
) -> None:
    post(server, world, invoice_body(invoice_no="A-1", priority="HIGH"))
    post(server, world, invoice_body(invoice_no="A-2", priority="LOW"))
    page = sign_in(window, world)
    page.get_by_label("Priority").select_option("Low")
    counted(page, "1 invoice, newest first")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert json.loads(kept) == [{"erp-console-session": "1"}, {}, ""]
    page.reload()
    counted(page, "1 invoice, newest first")
    assert numbers(page) == ["A-2"]


def test_a_long_list_goes_on_where_it_stopped(window: Window, world: World) -> None:
    for number in range(60):
        world.import_invoice(invoice_no=f"N-{number:02}")
    page = sign_in(window, world)
    assert numbers(page) == [f"N-{number:02}" for number in range(59, 9, -1)]
    page.get_by_role("button", name="Show more").click()
    counted(page, "All 60, newest first")
    assert numbers(page) == [f"N-{number:02}" for number in range(59, -1, -1)]
    assert page.get_by_role("button", name="Show more").is_hidden()


def test_a_wrong_password_is_said_and_can_be_corrected(browser: "Browser", server: RunningServer, world: World) -> None:
    window = Window.open(browser, server.base_url)
    page = window.page
    page.goto("/console/")
    page.get_by_label("E-mail").fill(world.user(Role.BILLER).email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").get_by_text("Invalid email or password").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#empty").get_by_text("No invoices yet").wait_for()
    window.close()
    assert [text for text in window.complaints if "401" not in text] == []


def test_a_login_that_ends_elsewhere_ends_here(browser: "Browser", server: RunningServer, world: World) -> None:
    window = Window.open(browser, server.base_url)
    page = sign_in(window, world)
    old, new = {"old_password": PASSWORD}, {"new_password": "another battery staple"}
    answer = send("POST", "/api/auth/users/change_password/", old | new, Authorization=f"Bearer {world.token(Role.BILLER)}")
    assert answer.status == 200
    page.get_by_text("Your session has ended. Sign in again.").wait_for()
    assert page.get_by_label("E-mail").is_visible()
    window.close()
    assert [text for text in window.complaints if not re.search(r"401|EventSource", text)] == []


def test_two_windows_sign_out_together(window: Window, server: RunningServer, world: World) -> None:
    page = sign_in(window, world)
    second = page.context.new_page()
    second.goto("/console/")
    second.locator("#empty").get_by_text("No invoices yet").wait_for()
    second.get_by_role("button", name="Sign out").click()
    page.get_by_text("You have signed out in another window.").wait_for()


def test_what_happens_while_the_server_is_away_shows_when_it_is_back(browser: "Browser", world: World) -> None:
    with running_server() as server:
        window = Window.open(browser, server.base_url)
        page = sign_in(window, world)
        post(server, world, invoice_body(invoice_no="BEFORE"))
        page.get_by_role("row").filter(has_text="BEFORE").wait_for()
        server.kill()
        page.get_by_text("Connection lost, trying again…").wait_for()
        assert numbers(page) == ["BEFORE"]
        page.get_by_label("Search").fill("e")
        page.get_by_role("alert").get_by_text("The server cannot be reached.").wait_for()
        world.import_invoice(invoice_no="MEANWHILE")
        server.start()
        page.get_by_role("row").filter(has_text="MEANWHILE").wait_for()
        page.get_by_text("Live", exact=True).wait_for()
        page.get_by_role("alert").wait_for(state="hidden")
        assert numbers(page) == ["MEANWHILE", "BEFORE"]
        assert page.get_by_role("log").get_by_role("listitem").count() == 2
        window.close()


def test_the_keyboard_is_enough(window: Window, server: RunningServer, world: World) -> None:
    post(server, world, invoice_body(invoice_no="A-1"))
    page = sign_in(window, world)
    assert page.evaluate("document.activeElement.id") == "invoices-title"
    opener = page.get_by_role("cell").get_by_role("button", name="A-1")
    for _ in range(20):
        page.keyboard.press("Tab")
        if opener.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="A-1")
    drawer.wait_for()
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('dialog') !== null || document.activeElement === document.body")
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")
    assert opener.evaluate("button => button === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_of_a_window_however_narrow(
    window: Window, server: RunningServer, world: World, scheme: Any
) -> None:
    long = {"code": "C" * 50, "name": "W" * 80, "address1": "Street" * 30, "email": "a" * 60 + "@example.com"}
    line = item_body(name="Amoxicillin" * 8, batch_no="B" * 50, shelf_location="S" * 20)
    post(
        server, world, invoice_body(invoice_no="N" * 100, customer=long, salesman="S" * 80, items=[line], remarks="R" * 300)
    )
    post(server, world, invoice_body(items=[item_body(quantity=99_999, mrp="9999.99")]))
    page = sign_in(window, world)
    page.emulate_media(color_scheme=scheme)
    sticks_out = "box => box.scrollWidth > box.clientWidth"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert (width, page.evaluate("document.documentElement.scrollWidth")) == (width, width)
        assert (width, page.locator("#sheet").evaluate(sticks_out)) == (width, False)
        page.get_by_role("cell").get_by_role("button", name="NNN").click()
        page.get_by_role("dialog").get_by_text("1 line").wait_for()
        assert (width, page.get_by_role("dialog").evaluate(sticks_out)) == (width, False)
        page.get_by_role("button", name="Close").click()


# ── Hostile texts ────────────────────────────────────────────────────────────────────────────────────────────────────
CARRIERS = [
    "<script>{}</script>",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<body onload={}>",
    "<input autofocus onfocus={}>",
    "<details open ontoggle={}>",
    "<video><source onerror={}></video>",
    "<a href=javascript:{}>x</a>",
    "<form action=javascript:{}><button>x</button></form>",
    "<math href=javascript:{}>x</math>",
    "<style>@import'javascript:{}';</style>",
    "<link rel=stylesheet href=javascript:{}>",
    "<base href=javascript:{}//>",
    "<meta http-equiv=refresh content=0;url=javascript:{}>",
    "<object data=javascript:{}></object>",
    "<template><script>{}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<textarea></textarea><script>{}</script>",
]
ENDINGS = ["{}", '"{}', "'{}", '">{}', "'>{}", "-->{}", "</td></tr></table>{}", "${{`{}`}}", "{{{{{}}}}}", "]]>{}"]
HOSTILE = [ending.format(carrier.format("hit()")) for ending, carrier in product(ENDINGS, CARRIERS)]


def hostile_invoice(number: int, text: str) -> dict[str, Any]:
    """The text in every member that takes a text."""
    code = f"{number}{text}"[:50]
    customer = dict.fromkeys(("name", "area", "address1", "address2", "address3"), text) | {"code": code}
    line = dict.fromkeys(("name", "company_name", "remarks"), text) | {
        "item_code": code,
        "batch_no": code,
        "packing": text[:50],
        "shelf_location": text[:50],
        "barcode": code,
        "quantity": 1,
        "mrp": 1,
    }
    texts = {"salesman": text, "created_by": text, "temp_name": text, "remarks": text}
    return invoice_body(invoice_no=f"{number:03}{text}"[:100], customer=customer, items=[line], **texts)


def test_two_hundred_hostile_texts_in_every_field_stay_texts(window: Window, server: RunningServer, world: World) -> None:
    assert len(HOSTILE) == 200
    window.page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1 }")
    for number, text in enumerate(HOSTILE[:100]):
        world.import_invoice(hostile_invoice(number, text))
    page = sign_in(window, world)
    for number, text in enumerate(HOSTILE[100:], 100):
        post(server, world, hostile_invoice(number, text))
    page.get_by_role("row").filter(has_text="199").first.wait_for()
    while page.get_by_role("button", name="Show more").is_visible():
        page.get_by_role("button", name="Show more").click()
        page.locator("#sheet[aria-busy=false]").wait_for()
    assert numbers(page)[::-1] == [f"{number:03}{text}"[:100] for number, text in enumerate(HOSTILE)]
    drawer = page.get_by_role("dialog")
    for opener in page.locator("#rows .no button").all()[::10]:
        text = opener.inner_text()
        opener.click()
        drawer.get_by_text("1 line").wait_for()
        assert text[3:50] in drawer.inner_text()
        page.keyboard.press("Escape")
    page.goto(f"/console/#search={HOSTILE[0]}&status={HOSTILE[1]}")
    page.reload()
    page.locator("#sheet[aria-busy=false]").wait_for()
    strange = (
        "iframe, object, embed, style, base, svg, video, math, form[action], script:not([src]), img:not([src^='/static/'])"
    )
    assert (page.locator(strange).count(), page.evaluate("window.hits")) == (0, 0)


def test_a_page_that_made_html_of_texts_would_be_stopped_by_the_browser(
    browser: "Browser", server: RunningServer, world: World
) -> None:
    """The policy holds even where the page would not: this is what it forbids, tried in the page itself."""
    window = Window.open(browser, server.base_url)
    page = sign_in(window, world)
    slips = {
        "HTML": "document.body.innerHTML = '<b>x</b>'",
        "code": "new Function('return 1')()",
        "a script": "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
    }
    for name, slip in slips.items():
        # Later, because what the test itself evaluates is let through.
        tried = f"() => {{ try {{ {slip}; return 'done' }} catch (problem) {{ return problem.name }} }}"
        tried = f"new Promise(end => setTimeout(() => end(({tried})())))"
        assert (name, page.evaluate(tried)) in {(name, "TypeError"), (name, "EvalError")}
    assert page.evaluate("fetch('https://elsewhere.example/').catch(problem => problem.name)") == "TypeError"
    window.close()
    assert any("Content Security Policy" in text for text in window.complaints)


def test_the_page_of_the_api_shows_its_operations(window: Window) -> None:
    window.page.goto("/api/docs/#/sales")
    window.page.get_by_text("/api/sales/import/invoice/").first.wait_for()
    window.page.locator(".opblock").first.click()
    window.page.get_by_text("Responses").first.wait_for()


def test_in_ci_a_missing_browser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"run \.ci/browser"), running_browser():
        pass
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match=r"run \.ci/browser"), running_browser():
        pass


# ── Listeners that are no page of ours ───────────────────────────────────────────────────────────────────────────────

LISTENS = """() => {
window.seen = []; window.openings = 0;
const source = new EventSource("/api/sales/sse/invoices/");
source.addEventListener("stream-open", () => { window.openings += 1; });
source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    window.seen.push([message.lastEventId, event.type, event.status]);
};
}"""
WAY = [
    ("invoice_created", "INVOICED"),
    ("picking_started", "PICKING"),
    ("picking_completed", "PICKED"),
    ("packing_started", "PACKING"),
    ("packing_boxing", "BOXING"),
    ("packing_completed", "PACKED"),
    ("delivery_assigned", "PACKED"),
    ("delivery_started", "DISPATCHED"),
    ("delivery_updated", "DISPATCHED"),
    ("delivery_completed", "DELIVERED"),
]


def listening(browser: "Browser", base_url: str, cookie: str) -> "Page":
    """A page of a person's own browser, which listens as a dashboard does, by `onmessage` and the cookie of his login."""
    context = browser.new_context(base_url=base_url, bypass_csp=True)
    context.add_cookies([{"name": STREAM_COOKIE, "value": cookie, "url": f"{base_url}/api/sales/sse/"}])
    page = context.new_page()
    page.goto("/health/live")
    page.evaluate(LISTENS)
    page.wait_for_function("window.openings === 1")
    return page


def test_every_listener_sees_each_step_of_an_invoice_once_and_in_order(
    browser: "Browser", server: RunningServer, world: World
) -> None:
    """Two people's browsers, which listen as published clients do."""
    warehouse = Warehouse(world)
    cookies = [world.log_in(role).stream for role in (Role.VIEWER, Role.BILLER)]
    pages = [listening(browser, server.base_url, cookie) for cookie in cookies]
    number = warehouse.boxing()
    warehouse.done("packing/complete-boxing/", number)
    warehouse.done("delivery/start/", number, delivery_type="INTERNAL")
    warehouse.done("delivery/assign/", number, delivery_type="INTERNAL")
    warehouse.done("delivery/complete/", number, delivery_status="IN_TRANSIT")
    warehouse.done("delivery/complete/", number)
    seen: list[Any] = []
    for page in pages:
        page.wait_for_function(f"window.seen.length >= {len(WAY)}")
        seen.append(page.evaluate("window.seen"))
    # What follows is the only thing that follows.
    warehouse.imported()
    for page in pages:
        page.wait_for_function(f"window.seen.length > {len(WAY)}")
        assert page.evaluate("[window.seen.length, window.openings]") == [len(WAY) + 1, 1]
        page.context.close()
    assert [tuple(step) for _, *step in seen[0]] == WAY
    assert seen[0] == seen[1]
    places = [int(place.rpartition(":")[2]) for place, *_ in seen[0]]
    assert places == list(range(1, len(WAY) + 1))
