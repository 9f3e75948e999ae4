"""The product's settings with the ordinary view mounted, and DRF as it comes."""

from erp.settings import *  # noqa: F403

ROOT_URLCONF = "bench.ordinary.urls"
INSTALLED_APPS += ["bench.ordinary"]  # noqa: F405
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None, "DEFAULT_AUTHENTICATION_CLASSES": []}
