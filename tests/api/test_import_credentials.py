"""Who may import: API keys and tokens, which one counts, and what each refusal says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from erp.access import Credentials, identify
from erp.locking import one_transaction
from erp.models import ApiKey, Login, Membership, User
from erp.problems import InvalidApiKey
from erp.rights import Role, Scope
from invoices.api.examples import LIFECARE
from tests.builders import Answer, World, forget_keys, send
from tests.observing import count_of, rows_of

PATH = "/api/sales/import/invoice/"
SAMPLE_KEY = "WEDFBNPOIUFSDFTY"
PAST = datetime(2026, 1, 1, tzinfo=UTC)


def post(**headers: str) -> Answer:
    return send("POST", PATH, LIFECARE, **headers)


def refused(answer: Answer) -> tuple[int, str, str, str]:
    assert answer.body.keys() == {"success", "message", "code", "detail", "request_id"}
    assert answer.body["success"] is False
    return answer.status, answer.body["message"], answer.body["detail"], answer.body["code"]


NOTHING_SENT = (401, "Invalid API key", "Authentication credentials were not provided.", "not-authenticated")
BAD_KEY = (401, "Invalid API key", "Invalid API key", "invalid-api-key")
BAD_TOKEN = (401, "Token is invalid or expired", "Token is invalid or expired", "token_not_valid")


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_credential_both_published_texts_are_answered() -> None:
    assert refused(post()) == NOTHING_SENT
    assert refused(post(**{"X-API-Key": ""})) == NOTHING_SENT
    assert post().headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Basic YTpi", "Digest x", "x", " "])
def test_another_scheme_is_no_credential(scheme: str) -> None:
    assert refused(post(Authorization=scheme)) == NOTHING_SENT


@pytest.mark.parametrize(
    "key",
    [
        "wrong",
        "abcdefgh.0123456789012345678901234567890123456789",
        ".",
        "a.b.c",
        SAMPLE_KEY,
        "\xff\xfe",
        "ключ".encode().decode("latin-1"),
        "x" * 5000,
        "'; DROP TABLE erp_apikey; --",
    ],
)
def test_a_wrong_key_is_refused(key: str) -> None:
    assert refused(post(**{"X-API-Key": key})) == BAD_KEY


def test_the_published_sample_key_is_refused_wherever_it_was_put(world: World, settings: Settings) -> None:
    world.key(Scope.INVOICES_IMPORT, prefix=SAMPLE_KEY)
    settings.SALES_IMPORT_API_KEY = SAMPLE_KEY
    settings.DEFAULT_COMPANY = world.company.code
    assert refused(post(**{"X-API-Key": SAMPLE_KEY})) == BAD_KEY


def test_a_key_with_a_right_prefix_and_a_wrong_secret_is_refused(world: World) -> None:
    key = world.key(Scope.INVOICES_IMPORT)
    assert refused(post(**{"X-API-Key": key[:-1] + ("a" if key[-1] != "a" else "b")})) == BAD_KEY
    assert post(**{"X-API-Key": key}).status == 201


@pytest.mark.parametrize("columns", [{"expires_at": PAST}, {"revoked_at": PAST}])
def test_an_ended_key_is_refused(world: World, columns: dict[str, Any]) -> None:
    assert refused(post(**{"X-API-Key": world.key(Scope.INVOICES_IMPORT, **columns)})) == BAD_KEY


def test_a_key_revoked_while_it_is_used_is_refused(world: World) -> None:
    key = world.key(Scope.INVOICES_IMPORT)
    assert post(**{"X-API-Key": key}).status == 201
    with one_transaction(company_id=world.company.id):
        ApiKey.unscoped.filter(prefix=key.partition(".")[0]).update(revoked_at=timezone.now())
    forget_keys()
    assert refused(post(**{"X-API-Key": key})) == BAD_KEY


def test_a_key_that_expires_while_it_is_remembered_is_refused(world: World) -> None:
    end = timezone.now() + timedelta(hours=1)
    credentials = Credentials(api_key=world.key(Scope.INVOICES_IMPORT, expires_at=end))
    assert identify(credentials, now=end - timedelta(seconds=1)).company == world.company
    with pytest.raises(InvalidApiKey):
        identify(credentials, now=end)


def test_a_key_of_a_company_that_was_closed_is_refused(world: World) -> None:
    world.decide(is_active=False)
    assert refused(post(**{"X-API-Key": world.api_key})) == BAD_KEY


def test_a_key_is_good_from_its_addresses_only(world: World) -> None:
    key = world.key(Scope.INVOICES_IMPORT, allowed_ips=["127.0.0.1"])
    assert post(**{"X-API-Key": key}).status == 201
    elsewhere = world.key(Scope.INVOICES_IMPORT, allowed_ips=["10.0.0.7"])
    assert refused(post(**{"X-API-Key": elsewhere})) == BAD_KEY
    assert refused(post(**{"X-API-Key": elsewhere, "X-Forwarded-For": "10.0.0.7"})) == BAD_KEY, "anybody can write that"


def test_a_key_without_the_scope_is_known_and_may_not(world: World) -> None:
    key = world.key(Scope.INVOICES_UPDATE, Scope.EVENTS_READ)
    answer = post(**{"X-API-Key": key})
    assert refused(answer)[0::3] == (403, "permission-denied")
    assert count_of(world, "invoices_invoice") == 0


def test_the_key_of_the_environment_imports_into_the_default_company(world: World, settings: Settings) -> None:
    settings.SALES_IMPORT_API_KEY = "environment-key-0123456789"
    settings.DEFAULT_COMPANY = world.company.code
    answer = post(**{"X-API-Key": "environment-key-0123456789"})
    assert answer.status == 201
    assert count_of(world, "invoices_invoice") == 1
    forget_keys()


def test_a_keys_use_is_noted(world: World) -> None:
    key = world.key(Scope.INVOICES_IMPORT)
    post(**{"X-API-Key": key})
    assert ApiKey.unscoped.get(prefix=key.partition(".")[0]).last_used_at is not None


# ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\xff", "e30.e30.", "null", "x" * 3000])
def test_a_bad_token_alone_says_so_to_clients_that_refresh_on_it(token: str) -> None:
    assert refused(post(Authorization=f"Bearer {token}")) == BAD_TOKEN


def test_the_first_valid_credential_counts_and_bearer_comes_first(world: World, other_world: World) -> None:
    token, key = f"Bearer {world.token(Role.OWNER)}", other_world.api_key
    both = post(Authorization=token, **{"X-API-Key": key})
    assert (both.status, count_of(world, "invoices_invoice"), count_of(other_world, "invoices_invoice")) == (201, 1, 0)
    assert post(Authorization=token, **{"X-API-Key": "wrong"}).status == 200
    assert post(Authorization="Bearer x", **{"X-API-Key": key}).status == 201
    assert count_of(other_world, "invoices_invoice") == 1


def test_a_wrong_key_is_named_even_beside_a_bad_token() -> None:
    assert refused(post(Authorization="Bearer x", **{"X-API-Key": "wrong"})) == BAD_KEY


def test_a_valid_token_without_the_right_is_not_saved_by_a_key(world: World) -> None:
    answer = post(Authorization=f"Bearer {world.token(Role.VIEWER)}", **{"X-API-Key": world.api_key})
    assert refused(answer)[0::3] == (403, "permission-denied")


def test_the_scheme_is_read_in_any_case(world: World) -> None:
    assert post(Authorization=f"bearer {world.token(Role.OWNER)}").status == 201


def test_a_person_of_two_companies_imports_into_the_one_he_names(world: World, other_world: World) -> None:
    user = world.user(Role.OWNER)
    Membership.unscoped.create(company=other_world.company, user=user, role=Role.BILLER.value)
    token = f"Bearer {world.token(Role.OWNER)}"
    assert post(Authorization=token, **{"X-Company-ID": str(other_world.company.id)}).status == 201
    assert (count_of(world, "invoices_invoice"), count_of(other_world, "invoices_invoice")) == (0, 1)
    assert post(Authorization=token).status == 201
    assert count_of(world, "invoices_invoice") == 1


@pytest.mark.parametrize("named", ["foreign", "00000000-0000-7000-8000-000000000000", "x", "\xff", "1"])
def test_a_company_that_is_not_ones_own_is_not_found(world: World, other_world: World, named: str) -> None:
    company = str(other_world.company.id) if named == "foreign" else named
    before = rows_of(other_world)
    answer = post(Authorization=f"Bearer {world.token(Role.OWNER)}", **{"X-Company-ID": company})
    assert refused(answer) == (404, "Company not found.", "Company not found.", "not-found")
    assert rows_of(other_world) == before


# ── Who made it ──────────────────────────────────────────────────────────────────────────────────────────────────────


def creator_of(world: World, answer: Answer) -> Any:
    return world.get(f"/api/sales/invoices/{answer.data['id']}/").body["created_user"]


def test_a_key_leaves_the_person_empty_and_a_token_fills_it(world: World) -> None:
    by_key = world.import_invoice(LIFECARE)
    assert creator_of(world, by_key) is None
    user = world.user(Role.BILLER)
    by_token = world.post(PATH, LIFECARE | {"invoice_no": "A-2"}, role=Role.BILLER)
    assert creator_of(world, by_token) == {"id": str(user.id), "email": user.email, "name": user.name}


def test_a_change_by_a_person_names_him_and_a_change_by_a_key_leaves_him(world: World) -> None:
    answer = world.import_invoice(LIFECARE)
    world.post(PATH, LIFECARE, role=Role.BILLER)
    assert creator_of(world, answer) is None, "nothing changed, so nobody changed it"
    world.post(PATH, LIFECARE | {"remarks": "x"}, role=Role.BILLER)
    assert creator_of(world, answer)["email"] == world.user(Role.BILLER).email
    world.import_invoice(LIFECARE | {"remarks": "y"})
    assert creator_of(world, answer)["email"] == world.user(Role.BILLER).email
    world.post(PATH, LIFECARE | {"remarks": "z"}, role=Role.OWNER)
    assert creator_of(world, answer)["email"] == world.user(Role.OWNER).email


def test_the_senders_text_is_not_the_person(world: World) -> None:
    answer = world.post(PATH, LIFECARE | {"created_by": "root@example.com"}, role=Role.BILLER)
    shown = world.get(f"/api/sales/invoices/{answer.data['id']}/").body
    assert (shown["created_by"], shown["created_user"]["email"]) == ("root@example.com", world.user(Role.BILLER).email)


def test_a_person_without_a_name_is_called_by_his_address(world: World) -> None:
    user = world.user(Role.BILLER)
    User.objects.filter(id=user.id).update(name="")
    answer = world.post(PATH, LIFECARE, role=Role.BILLER)
    assert creator_of(world, answer)["name"] == user.email


def test_a_login_that_ended_imports_nothing(world: World) -> None:
    token = world.token(Role.OWNER)
    Login.objects.filter(user=world.user(Role.OWNER)).update(ended_at=timezone.now())
    assert refused(post(Authorization=f"Bearer {token}")) == BAD_TOKEN
