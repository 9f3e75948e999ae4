"""What the rows share that settle invoices, with money or with credit."""

from django.db import models

from erp.money import AMOUNT_LIMIT


def base_of_its_sign() -> models.Q:
    """Both amounts in base or none, each of the sign of the row's own."""
    return models.Q(settled_base__isnull=True, paid_base__isnull=True) | models.Q(
        settled_base__isnull=False, paid_base__isnull=False
    ) & (
        models.Q(
            amount__gt=0,
            settled_base__gte=0,
            settled_base__lt=AMOUNT_LIMIT,
            paid_base__gte=0,
            paid_base__lt=AMOUNT_LIMIT,
        )
        | models.Q(amount__lt=0, settled_base__lte=0, paid_base__lte=0)
    )
