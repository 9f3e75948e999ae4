"""The API under a WSGI server: ``granian --interface wsgi erp.wsgi:application``. Streams need `erp.asgi`."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")
application = get_wsgi_application()
application.request_class = import_string("erp.api.requests.WsgiRequest")
import_string("erp.health.check_durability_at_start")()  # by its name, because importing it needs what is ready only now
