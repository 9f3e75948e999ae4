"""Deeds that tests let die and repeat: what a use case does, told so that twins can be compared."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from erp.idempotency import Answer, RepeatKey
from erp.performing import Terms
from invoices.posting import PostingResult, post_invoice
from invoices.reversing import reverse_invoice
from tests.books.scene import DAY, Scene


@dataclass(frozen=True)
class Done:
    """What a use case told: the number of what it made, and whether it had been done before."""

    number: str
    already: bool


Deed = Callable[[], Done]


def posting(scene: Scene, invoice_id: UUID) -> Deed:
    actor = scene.actor

    def post() -> Done:
        result: PostingResult = post_invoice(invoice_id=invoice_id, actor=actor, posting_date=None, now=timezone.now())
        return Done(result.voucher_number, result.already)

    return post


def reversing(scene: Scene, invoice_id: UUID) -> Deed:
    actor = scene.actor

    def reverse() -> Done:
        made = reverse_invoice(
            invoice_id=invoice_id, actor=actor, reason="r", reversal_date=None, today=DAY, now=timezone.now()
        )
        return Done(made.reversed_voucher_number, made.already)

    return reverse


def once(show: Callable[[Any], str], answer: Callable[[Terms[Any]], Answer]) -> Done:
    key = RepeatKey.of(route="POST x", key="k-1", body=b"{}", query="")
    told = answer(Terms(lambda made: Answer(201, json.dumps({"number": show(made)})), key))
    return Done(json.loads(told.body)["number"], told.replayed)
