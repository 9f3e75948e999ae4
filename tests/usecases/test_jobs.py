from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from erp.jobs import REMEMBER_ANSWERS_FOR, forget_answers, forget_answers_before
from erp.models import IdempotencyKey
from tests.builders import World


def remember(world: World, key: str, age: timedelta) -> None:
    IdempotencyKey.unscoped.create(
        company=world.company,
        credential_id=world.key_actor.credential_id,
        route="POST test",
        key=key,
        body_hash=b"x",
        status=201,
        answer="{}",
        created_at=timezone.now() - age,
    )


def kept(world: World) -> list[str]:
    return sorted(IdempotencyKey.unscoped.filter(company=world.company).values_list("key", flat=True))


def test_old_answers_are_forgotten_and_promised_ones_kept(world: World) -> None:
    remember(world, "old", REMEMBER_ANSWERS_FOR + timedelta(hours=1))
    remember(world, "promised", timedelta(days=30))
    assert forget_answers_before(timezone.now() - REMEMBER_ANSWERS_FOR) >= 1
    assert kept(world) == ["promised"]


def test_a_worker_runs_the_jobs_that_wait(world: World) -> None:
    remember(world, "old", REMEMBER_ANSWERS_FOR + timedelta(hours=1))
    forget_answers.configure().defer(timestamp=int(timezone.now().timestamp()))
    call_command("worker", once=True)
    assert kept(world) == []
