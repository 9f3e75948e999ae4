"""The server's entry: ``uvicorn erp.asgi:application``. Streams are answered by the hub, everything else by Django.

Each process of it also stands by as sequencer: one process works alone, and any of many may die. Requests to Django run
in threads that come and go, so they share a small pool of connections; streams use neither threads nor connections.
"""

import os

from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

LONG_BODIES: dict[str, str] = {"/api/sales/import/invoices/": "MAX_BULK_BYTES"}
"""Path → the setting that says how many bytes its body may have."""

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "8")
_django = get_asgi_application()  # loads the models, which everything below needs
_django.request_class = import_string("erp.api.requests.AsgiRequest")

application = import_string("erp.serving.Server")(
    django=_django,
    streams=import_string("erp.api.streamed.stream_apps")(),
    long_bodies={path: getattr(import_string("django.conf.settings"), name) for path, name in LONG_BODIES.items()},
)
