"""Secrets move to the newest key, whatever is done to them meanwhile."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from connectors.encrypting import encrypt_secrets_anew
from connectors.models import Connection
from connectors.secrets import sealed, secret_of
from erp.ciphers import Unreadable, decrypt, encrypt
from erp.locking import one_transaction
from erp.models import WebhookEndpoint
from tests.builders import World

OLD, NEW, LOST = "old " * 10, "new " * 10, "lost " * 10


def test_after_it_the_old_key_is_needed_no_more_and_what_no_key_opens_is_named(
    world: World, other_world: World, settings: Settings
) -> None:
    now = timezone.now()
    kept = {}
    for one, key in ((world, OLD), (other_world, LOST)):
        settings.ENCRYPTION_KEYS = [key]
        with one_transaction(company_id=one.company.id):
            company = {"company_id": one.company.id, "created_at": now}
            kept[key] = (
                WebhookEndpoint.unscoped.create(
                    **company, url="https://a.example", secret=encrypt("first"), previous_secret=encrypt("before"),
                    previous_until=now, position=0,
                ),
                Connection.unscoped.create(
                    **company, name="There", kind="UISP", base_url="https://b.example", secret=sealed("third"),
                    updated_at=now,
                ),
            )  # fmt: skip
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="No key opens these") as refusal:
        call_command("encrypt_secrets_anew", stdout=StringIO())
    ours, theirs = ([str(row.id) for row in kept[key]] for key in (OLD, LOST))
    assert [id_ in str(refusal.value) for id_ in (*ours, *theirs)] == [False, False, True, True]
    assert str(refusal.value).count(theirs[0]) == 2
    settings.ENCRYPTION_KEYS = [NEW]
    with one_transaction(company_id=world.company.id):
        endpoint = WebhookEndpoint.unscoped.get(id=ours[0])
        connection = Connection.unscoped.get(id=ours[1])
    assert (decrypt(endpoint.secret), decrypt(endpoint.previous_secret), secret_of(connection)) == (
        "first",
        "before",
        "third",
    )
    with one_transaction(company_id=other_world.company.id), pytest.raises(Unreadable):
        decrypt(WebhookEndpoint.unscoped.get(id=theirs[0]).secret)
    # What others have left here goes back under the key of the tests, and then nothing is left to do.
    settings.ENCRYPTION_KEYS = [settings.SECRET_KEY, NEW, LOST, OLD]
    encrypt_secrets_anew()
    assert encrypt_secrets_anew().anew == 0
