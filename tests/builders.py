"""Builders: what a test needs, named by what it is for."""

import itertools
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone

from companies.founding import Person, found_company, issue_api_key, take_in
from erp.access import Actor, Credentials, _remembered, identify
from erp.api.requests import WsgiRequest
from erp.authenticating import Tokens, _tokens
from erp.identifiers import new_id
from erp.locking import one_transaction
from erp.models import ApiKey, Company, Login, User
from erp.rights import Role, Scope
from invoices.models import Invoice

PASSWORD = "correct horse battery staple"
PASSWORD_HASH = make_password(PASSWORD)
_numbers = itertools.count(1)

KEY_SCOPES = [Scope.INVOICES_IMPORT, Scope.INVOICES_UPDATE, Scope.EVENTS_READ]


@dataclass
class World:
    """One company and everybody in it."""

    company: Company
    _people: dict[Role, User] = field(default_factory=dict)

    @cached_property
    def api_key(self) -> str:
        return self.key(*KEY_SCOPES)

    def key(self, *scopes: Scope, **columns: Any) -> str:
        """An API key with these scopes; `columns` of its row as given (`on_conflict`, `revoked_at`, `allowed_ips` …)."""
        key = issue_api_key(company=self.company, name="Test billing", scopes=list(scopes), now=timezone.now())
        with one_transaction(company_id=self.company.id):
            ApiKey.unscoped.filter(company=self.company, prefix=key.partition(".")[0]).update(**columns)
        return key

    def decide(self, **policies: Any) -> None:
        """Change the company's policies, in force at once: keys are otherwise remembered for half a second."""
        with one_transaction(company_id=None):
            Company.objects.filter(id=self.company.id).update(**policies)
        forget_keys()

    def uploads(self) -> list[Path]:
        """Files in the company's folder."""
        return [path for path in self.folder.rglob("*") if path.is_file()]

    @property
    def folder(self) -> Path:
        return Path(settings.UPLOADS_DIR) / self.company.id.hex

    def put_invoice(self, invoice_no: str, **columns: Any) -> None:
        """Put the invoice into a state that only other parts of the product lead to."""
        with one_transaction(company_id=self.company.id):
            assert Invoice.unscoped.filter(company=self.company, invoice_no=invoice_no).update(**columns) == 1

    def invoice(self, invoice_no: str) -> Invoice:
        return Invoice.unscoped.get(company=self.company, invoice_no=invoice_no)

    @cached_property
    def key_actor(self) -> Actor:
        return identify(Credentials(api_key=self.api_key), now=timezone.now())

    def user(self, role: Role) -> User:
        if role not in self._people:
            email = f"{role.value.lower()}.{secrets.token_hex(6)}@example.com"
            name = role.value.title()
            # The hash is shared, and so somebody who is there is taken in: making one takes longer than most tests.
            User.objects.create(email=email, name=name, password=PASSWORD_HASH, active_company=self.company)
            self._people[role] = take_in(company=self.company, person=Person(email, name, "", role))
        return self._people[role]

    def log_in(self, role: Role) -> Tokens:
        """A new login of the person, without the password that takes so long to check."""
        return self.log_in_as(self.user(role))

    def log_in_as(self, user: User) -> Tokens:
        now = timezone.now()
        login = Login.objects.create(id=new_id(), user=user, created_at=now, expires_at=now + timedelta(days=1))
        return _tokens(login, now)

    def token(self, role: Role) -> str:
        """An access token, as a login would give."""
        return self.log_in(role).access

    def actor(self, role: Role) -> Actor:
        return self.actor_of(self.user(role))

    def actor_of(self, user: User) -> Actor:
        return identify(Credentials(authorization=f"Bearer {self.log_in_as(user).access}"), now=timezone.now())

    def post(self, path: str, body: Any, *, role: Role | None = None, **headers: str) -> "Answer":
        """POST as the API key, or as a person of this role."""
        return self.send("POST", path, body, role=role, **headers)

    def get(self, path: str, *, role: Role | None = Role.VIEWER, **headers: str) -> "Answer":
        return self.send("GET", path, None, role=role, **headers)

    def send(self, method: str, path: str, body: Any, *, role: Role | None, **headers: str) -> "Answer":
        credentials = {"X-API-Key": self.api_key} if role is None else {"Authorization": f"Bearer {self.token(role)}"}
        return send(method, path, body, **(credentials | headers))

    def import_invoice(self, body: Any = None, **changes: Any) -> "Answer":
        return self.post("/api/sales/import/invoice/", body if body is not None else invoice_body(**changes))


@dataclass
class Answer:
    """What a client got."""

    status: int
    body: Any
    headers: Any
    cookies: Any
    raw: bytes

    @property
    def data(self) -> Any:
        return self.body["data"]


def send(method: str, path: str, body: Any, **headers: str) -> Answer:
    """A request through the whole stack, in this process; bytes go out as they are, everything else as JSON."""
    raw = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
    response = _server(_environ(method, path, raw, headers), lambda status, headers: None)
    content = b"".join(response) if response.streaming else response.content
    response.close()
    content_type = response.headers.get("Content-Type", "")
    parsed = None
    if content_type == "application/x-ndjson":
        parsed = msgspec.json.decode(b"[" + content.rstrip().replace(b"\n", b",") + b"]")
    elif content and "json" in content_type:
        parsed = msgspec.json.decode(content)
    return Answer(response.status_code, parsed, response.headers, response.cookies, content)


PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 24


def form_of(texts: dict[str, Any], **files: bytes) -> tuple[bytes, dict[str, str]]:
    """A multipart form with these texts and files, and the headers it is sent with."""
    parts = [(f'name="{name}"', str(text).encode()) for name, given in texts.items() for text in _many(given)]
    parts += [(f'name="{name}"; filename="../{name}.exe"', content) for name, content in files.items()]
    body = b"".join(
        b"--line\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), content) for head, content in parts
    )
    return body + b"--line--\r\n", {"Content-Type": "multipart/form-data; boundary=line"}


def _many(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def forget_keys() -> None:
    """What half a second would do."""
    _remembered.clear()


_server: Any = WSGIHandler()
_server.request_class = WsgiRequest


def _environ(method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """As a WSGI server gives it: the path decoded, everything as latin-1."""
    path, _, query = path.encode().decode("latin-1").partition("?")
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    content_type = given.pop("HTTP_CONTENT_TYPE", "application/json" if body else "")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        **given,
    }


def new_world() -> World:
    number = next(_numbers)
    code = f"T{number}-{secrets.token_hex(4)}"
    return World(found_company(code=code, name=f"Test company {number}", now=timezone.now()))


def item_body(**changes: Any) -> dict[str, Any]:
    return {"name": "Paracetamol 650mg", "item_code": "PR650", "quantity": 20, "mrp": 3.50} | changes


def invoice_body(**changes: Any) -> dict[str, Any]:
    """The smallest invoice, with a number of its own."""
    body: dict[str, Any] = {
        "invoice_no": f"T-{next(_numbers)}",
        "invoice_date": "2026-01-23",
        "salesman": "Ajay",
        "customer": {"code": "CUST-889", "name": "LifeCare Pharmacy"},
        "items": [item_body()],
    }
    return body | changes
