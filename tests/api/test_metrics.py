import re

from tests.builders import World, send


def counted(method: str, route: str, status: int) -> float:
    text = send("GET", "/metrics", None).raw.decode()
    found = re.search(
        rf'erp_http_requests_total{{method="{method}",route="{re.escape(route)}",status="{status}"}} (\S+)', text
    )
    return float(found[1]) if found else 0.0


def test_requests_are_counted_by_route_and_status(world: World) -> None:
    route = "api/sales/import/invoice/"
    before = counted("POST", route, 201)
    world.import_invoice()
    assert counted("POST", route, 201) == before + 1


def test_paths_that_do_not_exist_share_one_count() -> None:
    before = counted("GET", "unknown", 404)
    send("GET", "/api/nowhere/1/", None)
    send("GET", "/api/nowhere/2/", None)
    assert counted("GET", "unknown", 404) == before + 2
