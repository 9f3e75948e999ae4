"""``/health/live``, ``/health/ready`` and ``/metrics``, for whoever watches over the processes."""

from typing import ClassVar

from django.http import HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.request import Request

from erp.api.operations import LIVE, METRICS, READY
from erp.api.views import ErpView, json_response
from erp.health import audit_that_waits, readiness
from erp.metrics import latest
from erp.rights import Right


class LiveView(ErpView):
    """GET: the process answers."""

    rights: ClassVar = {"GET": Right.ANYONE}
    operations: ClassVar = {"GET": LIVE}

    def get(self, request: Request) -> HttpResponse:
        return json_response({"status": "ok"})


class ReadyView(ErpView):
    """GET: 200 when requests can be served, else 503; says which check failed."""

    rights: ClassVar = {"GET": Right.ANYONE}
    operations: ClassVar = {"GET": READY}

    def get(self, request: Request) -> HttpResponse:
        checks = readiness(now=self.now)
        ok = all(check.ok for check in checks)
        body = {
            "status": "ok" if ok else "unavailable",
            "checks": {check.name: {"ok": check.ok, "detail": check.detail} for check in checks},
        }
        response = json_response(body, status=200 if ok else 503)
        if not ok:
            response.headers["Retry-After"] = "1"
        return response


class MetricsView(ErpView):
    """GET: counted requests, and what waits, in Prometheus' text format. Keep it from the public at the proxy."""

    rights: ClassVar = {"GET": Right.ANYONE}
    operations: ClassVar = {"GET": METRICS}

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(latest(unsealed=audit_that_waits(now=self.now)), content_type=CONTENT_TYPE_LATEST)
