"""All settings, read from the environment in one place. `docs/reference/settings.md` lists them.

The process does not start with a setting that would be unsafe: a missing or short secret, the published sample API key.
"""

import os
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from erp.database import django_settings

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("ERP_VAR_DIR", BASE_DIR / "var"))


def _flag(name: str, default: bool = False) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text in {"", "0", "1", "true", "false", "yes", "no"}:
        return default if text == "" else text in {"1", "true", "yes"}
    raise ImproperlyConfigured(f"{name} is {text!r}; write true or false.")


def _integer(name: str, default: int, *, at_least: int = 0) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < at_least:
        raise ImproperlyConfigured(f"{name} is {text!r}; write a whole number, at least {at_least}.")
    return int(text)


def _list(name: str, default: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _secret_key() -> str:
    key = os.environ.get("SECRET_KEY", "")
    if len(key.encode()) < 32 or len(set(key)) < 8:
        raise ImproperlyConfigured(
            "SECRET_KEY must be a random text of at least 32 bytes. "
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return key


# ── Process ──────────────────────────────────────────────────────────────────────────────────────────────────────────
# Commands that touch neither people nor data (checks, migration files, the schema) may run without a secret or database.
_OFFLINE = Path(sys.argv[0]).name in {"mypy", "lint-imports"} or _flag("ERP_OFFLINE")

SECRET_KEY = "only-for-commands-that-serve-nobody" if _OFFLINE else _secret_key()
SECRET_KEY_FALLBACKS = _list("SECRET_KEY_FALLBACKS", "")
DEBUG = False
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
ROOT_URLCONF = "erp.urls"
WSGI_APPLICATION = "erp.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "companies",
    "invoices",
    "sales",
    "inventory",
    "accounting",
    "erp",
    "pgtrigger",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
if find_spec("django_linear_migrations"):
    # Where the development tools are installed, `makemigrations` keeps each app's migrations in one line.
    INSTALLED_APPS.append("django_linear_migrations")

MIDDLEWARE = [
    "erp.api.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": []},
    }
]

# ── Database ─────────────────────────────────────────────────────────────────────────────────────────────────────────
# Connections kept per process; 0 gives each thread its own (right for WSGI workers with one thread).
DATABASE_POOL_SIZE = _integer("DATABASE_POOL_SIZE", 0)


def _database_url() -> str:
    url = os.environ.get("DATABASE_URL", "")
    if url:
        return url
    if _OFFLINE:
        return "postgresql:///erp"
    raise ImproperlyConfigured(
        "DATABASE_URL is not set. `make up` and `manage.py` start an embedded PostgreSQL by themselves; "
        "any other process needs DATABASE_URL=postgresql://user:password@host:5432/name"
    )


try:
    DATABASES = {"default": django_settings(_database_url(), pool_size=DATABASE_POOL_SIZE)}
except ValueError as problem:
    raise ImproperlyConfigured(str(problem)) from problem

# Lets a test cluster run with fsync off; a server that keeps books refuses to.
ALLOW_UNSAFE_DURABILITY = _flag("ERP_ALLOW_UNSAFE_DURABILITY")

# ── People and keys ──────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "erp.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCESS_TOKEN_LIFETIME = timedelta(minutes=_integer("ACCESS_TOKEN_MINUTES", 15, at_least=1))
REFRESH_TOKEN_LIFETIME = timedelta(days=_integer("REFRESH_TOKEN_DAYS", 7, at_least=1))
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "ISSUER": "distributor-erp",
    "AUDIENCE": "distributor-erp",
    "USER_ID_CLAIM": "user_id",
    "ACCESS_TOKEN_LIFETIME": ACCESS_TOKEN_LIFETIME,
    "REFRESH_TOKEN_LIFETIME": REFRESH_TOKEN_LIFETIME,
}

# Printed in the public documents of the first product: anybody knows it.
PUBLISHED_SAMPLE_API_KEY = "WEDFBNPOIUFSDFTY"
SALES_IMPORT_API_KEY = os.environ.get("SALES_IMPORT_API_KEY", "")
if SALES_IMPORT_API_KEY == PUBLISHED_SAMPLE_API_KEY:
    raise ImproperlyConfigured(
        "SALES_IMPORT_API_KEY is the sample key printed in public documents; make one of your own, at least 24 characters."
    )
if SALES_IMPORT_API_KEY and len(SALES_IMPORT_API_KEY) < 24:
    raise ImproperlyConfigured("SALES_IMPORT_API_KEY is too short; use at least 24 random characters.")
DEFAULT_COMPANY = os.environ.get("DEFAULT_COMPANY", "")

# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────
# Proxies of ours in front of the server, whose X-Forwarded-For entries are believed.
TRUSTED_PROXY_COUNT = _integer("TRUSTED_PROXY_COUNT", 0)
# They also say whether the client came by HTTPS, which the absolute URLs of a page (`next`, `previous`) have to know.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
MAX_BODY_BYTES = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # our parser counts while it reads, and answers 413

# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────
EVENT_RETENTION_DAYS = _integer("EVENT_RETENTION_DAYS", 14, at_least=1)
STREAM_KEEP_ALIVE_S = _integer("STREAM_KEEP_ALIVE_S", 15, at_least=1)
STREAM_MAX_AGE_S = _integer("STREAM_MAX_AGE_S", 3600, at_least=60)
STREAM_DRAIN_TIMEOUT_S = _integer("STREAM_DRAIN_TIMEOUT_S", 60, at_least=1)
SSE_ALLOW_ANONYMOUS = _flag("SSE_ALLOW_ANONYMOUS")

# ── Security headers (HSTS and the HTTPS redirect belong to whoever ends TLS in front of us) ─────────────────────────
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_COOKIES = _flag("SECURE_COOKIES")

# ── Static files ─────────────────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT") or None  # set it to serve what collectstatic gathered
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "erp.api.schema.ContractSchema",
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "erp.api.rendering.handle_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Distributor ERP",
    "DESCRIPTION": "Invoices in, goods out, books that agree, events that arrive.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# ── Logs: one JSON object a line, with the request id ────────────────────────────────────────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "erp.logging.RequestIdFilter"}},
    "formatters": {"json": {"()": "erp.logging.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
