"""What an operator counts: requests by route and status, how long they take, what waits. `/metrics`, as Prometheus reads it.

Several worker processes share their counts when ``PROMETHEUS_MULTIPROC_DIR`` names a directory; else each answers its own.
"""

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

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


class _Unsealed(Collector):
    """What was read of the database for this answer; no process counts it, so none shares it either."""

    def __init__(self, count: int, age_s: float) -> None:
        self._count, self._age_s = count, age_s

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("erp_audit_unsealed_entries", "Audit entries that wait for their seal.", self._count)
        yield GaugeMetricFamily("erp_audit_unsealed_age_seconds", "How long the first of them has waited.", self._age_s)


def latest(*, unsealed: tuple[int, float] | None) -> bytes:
    """Everything counted so far, by this process or by all that share the directory, and the audit that waits for its seal.

    `unsealed` is as `erp.sealing.unsealed` answers; None leaves its gauges out, as zero would say that all is well.
    """
    waiting = CollectorRegistry()
    if unsealed is not None:
        waiting.register(_Unsealed(*unsealed))
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(waiting)
    return generate_latest() + generate_latest(waiting)
