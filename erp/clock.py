"""Instants and days as the contract spells them. Time is passed in everywhere; this only writes and converts it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def instant_text(instant: datetime) -> str:
    """ISO 8601 in UTC with microseconds and ``Z``: one spelling everywhere."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_in(zone: str, instant: datetime) -> date:
    """The calendar day of the instant in a company's time zone."""
    return instant.astimezone(ZoneInfo(zone)).date()
