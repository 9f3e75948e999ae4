"""What an operator counts: requests by route and status, and how long they take. Prometheus' text format at ``/metrics``.

Several worker processes share their counts when ``PROMETHEUS_MULTIPROC_DIR`` names a directory; else each answers its own.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

REQUESTS = Counter("erp_http_requests_total", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "erp_http_request_seconds",
    "Time from the first byte read to the answer made.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 11),
)

WEBHOOKS = Counter("erp_webhook_attempts_total", "Events sent to webhook endpoints.", ["outcome"])


def note_webhook(*, taken: bool) -> None:
    """Count one attempt to deliver an event."""
    WEBHOOKS.labels("taken" if taken else "failed").inc()


def note_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; `route` is the URL pattern, never the path, which anybody could make endless."""
    REQUESTS.labels(method, route, str(status)).inc()
    DURATION.labels(route).observe(seconds)


def latest() -> bytes:
    """Everything counted so far, by this process or by all that share the directory."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()
