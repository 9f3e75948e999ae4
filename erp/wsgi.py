"""The API under a WSGI server: ``granian --interface wsgi erp.wsgi:application``. Streams need `erp.asgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")
application = get_wsgi_application()
