"""All settings, read from the environment in one place. `docs/reference/settings.md` lists them.

The process does not start with a setting that would be unsafe: a missing or short secret, the published sample API key.
"""

import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE
from django.core.exceptions import ImproperlyConfigured

from erp.database import django_settings
from erp.environment import describe, flag, integer, networks, text, texts
from erp.logging import logging_settings
from erp.starting import PROJECT_DIR, SHORTEST_SECRET, var_dir

BASE_DIR = PROJECT_DIR


def _secret_key() -> str:
    key = text("SECRET_KEY", "Signs tokens: a random text of at least 32 bytes.", unset="`make up` makes its own")
    if _OFFLINE:
        return "only-for-commands-that-serve-nobody"
    if len(key.encode()) < SHORTEST_SECRET or len(set(key)) < 8:
        raise ImproperlyConfigured(
            f"SECRET_KEY must be a random text of at least {SHORTEST_SECRET} bytes. "
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return key


# ── Process ──────────────────────────────────────────────────────────────────────────────────────────────────────────
describe(
    "ERP_VAR_DIR",
    "Where data of this installation lies: the embedded database, its secret, demo.json.",
    kind="directory",
    default="`var` in the project",
)
VAR_DIR = var_dir()
describe("HOST", "Where `make up` listens.", kind="address", default="127.0.0.1")
describe("PORT", "Where `make up` listens.", kind="number from 1 to 65535", default="8000")
_OFFLINE = flag(
    "ERP_OFFLINE",
    "Runs commands that touch neither people nor data without secret and database; `manage.py` sets it where it is right.",
) or Path(sys.argv[0]).name in {"mypy", "lint-imports"}

SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = texts("ALLOWED_HOSTS", "Host names that the server answers to.", default="127.0.0.1,localhost,[::1]")
ROOT_URLCONF = "erp.urls"
WSGI_APPLICATION = "erp.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "console",
    "companies",
    "connectors",
    "fulfilment",
    "invoices",
    "sales",
    "purchasing",
    "inventory",
    "accounting",
    "erp",
    "pgtrigger",
    "procrastinate.contrib.django",
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
    "erp.api.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "erp.api.content_security.ContentSecurityMiddleware",
    "console.web_client.WebClientMiddleware",
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
DATABASE_POOL_SIZE = integer(
    "DATABASE_POOL_SIZE",
    "Connections kept per process; 0 gives each thread its own, which is right for WSGI workers with one thread."
    " The stream's process takes 8 when it is unset.",
    default=0,
)


def _database_url() -> str:
    url = text("DATABASE_URL", "The database: `postgresql://user:password@host:5432/name`.", unset="an embedded PostgreSQL")
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

ALLOW_UNSAFE_DURABILITY = flag(
    "ERP_ALLOW_UNSAFE_DURABILITY",
    "Starts a server on a database that may lose what it has acknowledged. For tests, never for books.",
)

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
ACCESS_TOKEN_LIFETIME = timedelta(
    minutes=integer("ACCESS_TOKEN_MINUTES", "How long an access token is good.", default=15, at_least=1)
)
REFRESH_TOKEN_LIFETIME = timedelta(
    days=integer("REFRESH_TOKEN_DAYS", "How long a login lasts without a new password.", default=7, at_least=1)
)
ROTATE_REFRESH_TOKENS = flag("ROTATE_REFRESH_TOKENS", "Replaces the refresh token with each refresh; reuse ends the login.")
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "ISSUER": "distributor-erp",
    "AUDIENCE": "distributor-erp",
    "USER_ID_CLAIM": "user_id",
    "ACCESS_TOKEN_LIFETIME": ACCESS_TOKEN_LIFETIME,
    "REFRESH_TOKEN_LIFETIME": REFRESH_TOKEN_LIFETIME,
}

ENCRYPTION_KEYS = texts(
    "ENCRYPTION_KEYS",
    "Keep secrets of webhooks and foreign systems unreadable in the database: random texts of at least 32 bytes. The first"
    " encrypts, each of them decrypts, and so does SECRET_KEY.",
)
if any(len(key.encode()) < SHORTEST_SECRET for key in ENCRYPTION_KEYS):
    raise ImproperlyConfigured(f"Each of ENCRYPTION_KEYS must be a random text of at least {SHORTEST_SECRET} bytes.")

# Printed in the public documents of the first product: anybody knows it.
PUBLISHED_SAMPLE_API_KEY = "WEDFBNPOIUFSDFTY"
SALES_IMPORT_API_KEY = text(
    "SALES_IMPORT_API_KEY",
    "One more API key, for clients that take it from the environment: import, update and events of the default company."
    " At least 24 random characters.",
    unset="none",
)
if SALES_IMPORT_API_KEY == PUBLISHED_SAMPLE_API_KEY:
    raise ImproperlyConfigured(
        "SALES_IMPORT_API_KEY is the sample key printed in public documents; make one of your own, at least 24 characters."
    )
if SALES_IMPORT_API_KEY and len(SALES_IMPORT_API_KEY) < 24:
    raise ImproperlyConfigured("SALES_IMPORT_API_KEY is too short; use at least 24 random characters.")
ALLOW_COMPANY_SIGNUP = flag("ALLOW_COMPANY_SIGNUP", "Lets everybody with an account found companies; else superusers do.")
DEFAULT_COMPANY = text("DEFAULT_COMPANY", "Code of the company that SALES_IMPORT_API_KEY opens.", unset="the oldest one")

PUBLIC_INVOICE_PAGE = flag(
    "PUBLIC_INVOICE_PAGE",
    "Shows an invoice of the default company to whoever knows its number, without a login, 30 times a minute and address."
    " For customers who scan a code on their parcel.",
)

# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────
TRUSTED_PROXY_COUNT = integer(
    "TRUSTED_PROXY_COUNT",
    "How many proxies of yours stand in front; their X-Forwarded-For and X-Forwarded-Proto are believed.",
    default=0,
)
# They say whether the client came by HTTPS, which the absolute URLs of a page (`next`, `previous`) have to know.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
REQUESTS_PER_MINUTE = integer(
    "REQUESTS_PER_MINUTE",
    "How many requests a person or a key may send in a minute; 0: as many as they like. Counting costs a write each.",
    default=0,
)
UNKNOWN_KEYS_PER_MINUTE = integer(
    "UNKNOWN_KEYS_PER_MINUTE",
    "How many requests with keys that nobody has are answered 401 per address.",
    default=60,
    at_least=1,
)
FAILED_LOGINS_PER_PERSON = integer(
    "FAILED_LOGINS_PER_PERSON",
    "How many wrong passwords for one e-mail address are looked at in a quarter of an hour from one network address.",
    default=10,
    at_least=1,
)
FAILED_LOGINS_PER_ADDRESS = integer(
    "FAILED_LOGINS_PER_ADDRESS",
    "How many wrong passwords are looked at in a quarter of an hour from one network address.",
    default=100,
    at_least=1,
)
MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_BULK_BYTES = 512 * 1024 * 1024  # of a body of lines, as sent and as unpacked
MAX_UPLOAD_BYTES = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_UPLOAD_BYTES + 1024 * 1024  # a form is counted before it is parsed
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # our parser counts while it reads, and answers 413

# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────
EVENT_RETENTION_DAYS = integer(
    "EVENT_RETENTION_DAYS", "How long a listener may stay away and still resume.", default=14, at_least=1
)
STREAM_KEEP_ALIVE_S = integer(
    "STREAM_KEEP_ALIVE_S", "Seconds of silence after which a stream says that it lives.", default=15, at_least=1
)
STREAM_MAX_AGE_S = integer(
    "STREAM_MAX_AGE_S", "Seconds after which a stream ends, for the client to open it anew.", default=3600, at_least=60
)
STREAM_DRAIN_TIMEOUT_S = integer(
    "STREAM_DRAIN_TIMEOUT_S", "Seconds after which a client that does not read is dropped.", default=60, at_least=1
)

STREAMS_PER_CREDENTIAL = integer(
    "STREAMS_PER_CREDENTIAL", "How many streams a login or key may have open on one server process.", default=100, at_least=1
)
STREAMS_PER_COMPANY = integer(
    "STREAMS_PER_COMPANY", "How many streams a company may have open on one server process.", default=2000, at_least=1
)
STREAMS_PER_PROCESS = integer(
    "STREAMS_PER_PROCESS", "How many streams one server process holds open.", default=8000, at_least=1
)

# ── Webhooks ─────────────────────────────────────────────────────────────────────────────────────────────────────────
WEBHOOK_ALLOWED_NETWORKS = networks(
    "WEBHOOK_ALLOWED_NETWORKS",
    "Networks besides the public ones that webhooks may go to, by HTTP too: `10.20.0.0/16`, or a single address.",
)
WEBHOOK_TIMEOUT_S = integer(
    "WEBHOOK_TIMEOUT_S", "Seconds that a receiver of a webhook has for its whole answer.", default=10, at_least=1
)

# ── Connectors ───────────────────────────────────────────────────────────────────────────────────────────────────────
CONNECTOR_ALLOWED_NETWORKS = networks(
    "CONNECTOR_ALLOWED_NETWORKS",
    "Networks besides the public ones where foreign systems may be, by HTTP too: `10.20.0.0/16`.",
)
INVOICE_NINJA_ENABLED = flag("INVOICE_NINJA_ENABLED", "Connect the default company to the Invoice Ninja named here.")
INVOICE_NINJA_URL = text("INVOICE_NINJA_URL", "Where it is: `https://invoice.example.com`.", unset="none")
_NINJA_TOKEN = text("INVOICE_NINJA_API_TOKEN", "Token of its API.", unset="none")
_NINJA_VERSION = text("INVOICE_NINJA_API_VERSION", "Version of the product, not of its API: only v5.", default="v5")
if INVOICE_NINJA_ENABLED and not (INVOICE_NINJA_URL and _NINJA_TOKEN and _NINJA_VERSION == "v5"):
    raise ImproperlyConfigured(
        "INVOICE_NINJA_ENABLED needs INVOICE_NINJA_URL, INVOICE_NINJA_API_TOKEN, and a version of v5."
    )

# ── Security headers (HSTS and the HTTPS redirect belong to whoever ends TLS in front of us) ─────────────────────────
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # CSRF: the cookies open the stream, which only reads, and the console, which asks whose page it is
    "security.W004",  # HSTS
    "security.W008",  # redirect to HTTPS
]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# An answer may load and do nothing in a browser. The few that are pages say themselves what they need.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {"default-src": [NONE], "base-uri": [NONE], "form-action": [NONE], "frame-ancestors": [NONE]}
}
SECURE_COOKIES = flag("SECURE_COOKIES", "Sends cookies over HTTPS only. Set it wherever you serve HTTPS.")

# ── Static files ─────────────────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = (
    text(
        "STATIC_ROOT",
        "Where `manage.py collectstatic` gathers files, to be served from there.",
        unset="they are served out of the packages",
    )
    or None
)
WEB_CLIENT_DIR = text(
    "WEB_CLIENT_DIR",
    "A folder with the build of a single-page client: it is served from here, its `index.html` for every path that is none"
    " of ours.",
    unset="there is none",
)
if WEB_CLIENT_DIR and not (Path(WEB_CLIENT_DIR) / "index.html").is_file():
    raise ImproperlyConfigured("WEB_CLIENT_DIR must be a folder with an index.html: the build of a client, not its sources.")
WEB_CLIENT_SOURCES = texts(
    "WEB_CLIENT_SOURCES",
    "Hosts from which that client may load styles, fonts and pictures, and which it may ask; scripts come from here only.",
    default="",
)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# ── Files that people send ───────────────────────────────────────────────────────────────────────────────────────────
UPLOADS_DIR = (
    text(
        "UPLOADS_DIR",
        "Where files that people send lie: proofs of delivery, logos. Every process of an installation sees the same"
        " directory; it is backed up like the database.",
        unset="`uploads` in ERP_VAR_DIR",
    )
    or VAR_DIR / "uploads"
)

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
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

SPECTACULAR_SETTINGS = {
    "TITLE": "Distributor ERP",
    "DESCRIPTION": "Invoices in, goods out, books that agree, events that arrive.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": ["erp.api.schema.complete_document", "invoices.api.webhook_document.document_webhooks"],
}

# ── Logs: one JSON object a line, with the request id ────────────────────────────────────────────────────────────────
LOGGING = logging_settings(level=text("LOG_LEVEL", "How much is logged.", default="INFO"))
