"""The model's days, paise and thousandths in the words of a request."""

from datetime import date, timedelta
from typing import Any

BEGUN = date(2025, 12, 1)


def day_text(day: int) -> str:
    return (BEGUN + timedelta(days=day)).isoformat()


def amount_text(paise: int) -> str:
    return f"{paise // 100}.{paise % 100:02}"


def quantity_text(thousandths: int) -> str:
    return f"{thousandths // 1000}.{thousandths % 1000:03}"


def chosen(among: list[Any], pick: int) -> Any:
    return among[pick % len(among)]
