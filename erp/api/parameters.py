"""The query string of a report, read with every fault at once."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.http import QueryDict

from erp.api.filtering import refuse_unknown
from erp.identifiers import as_uuid
from erp.parsing import DocumentDate
from erp.problems import FieldErrors, ValidationFailed

MOST_BUCKETS = 12
_DAYS = re.compile(r"[0-9]{1,4}", re.ASCII)


class Parameters:
    """A report's query string, read with every fault at once. Without `known`, what nobody reads is ignored."""

    def __init__(self, params: QueryDict, known: frozenset[str] | None = None) -> None:
        if known is not None:
            refuse_unknown(params, known | {"_"})
        self._params = params
        self._faults: FieldErrors = {}

    def day(self, name: str, *, required: bool = False) -> date | None:
        text = self.text(name)
        if required and not text:
            self.note(name, "This field is required.")
        try:
            return DocumentDate.read(text).plain() if text else None
        except ValueError as problem:
            self._faults[name] = [str(problem)]
            return None

    def instant(self, name: str) -> datetime | None:
        text = self.text(name)
        try:
            moment = datetime.fromisoformat(text) if text else None
            if moment is not None and (moment.tzinfo is None or not 1900 <= moment.year <= 2199):
                raise ValueError
        except ValueError:
            self._faults[name] = ["Use an ISO 8601 instant with its zone, as 2025-12-31T18:30:00Z."]
            return None
        return moment

    def text(self, name: str, *, longest: int | None = None) -> str:
        text = self._params.get(name, "")
        if longest is not None and len(text) > longest:
            self.note(name, f"Ensure this field has no more than {longest} characters.")
        return text

    def reference(self, name: str) -> UUID | None:
        text = self.text(name)
        found = as_uuid(text)
        if text and found is None:
            self._faults[name] = ["Must be a valid UUID."]
        return found

    def ages(self, name: str, default: Sequence[int]) -> list[int]:
        """Ends of buckets, in days: whole numbers that rise, at most twelve of them."""
        text = self.text(name)
        if not text:
            return list(default)
        parts = text.split(",", MOST_BUCKETS)
        ends = [int(part) for part in parts if _DAYS.fullmatch(part)]
        if len(ends) < len(parts) or len(ends) > MOST_BUCKETS or sorted(set(ends)) != ends or ends[0] < 1:
            self._faults[name] = [f"Must be at most {MOST_BUCKETS} rising numbers of days, as 30,60,90."]
        return ends

    def count(self, name: str, *, default: int, most: int) -> int:
        """How many at most: a whole number from 1 on."""
        text = self.text(name) or str(default)
        if text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most:
            return int(text)
        self.note(name, f"A whole number from 1 to {most} is required.")
        return default

    def choice(self, name: str, *choices: str) -> str:
        text = self.text(name) or choices[0]
        if text not in choices:
            self._faults[name] = [f"Must be one of {', '.join(choices)}."]
        return text

    def period(self, *, first: date | None, last: date | None) -> None:
        """Note that they are the wrong way round."""
        if first is not None and last is not None and first > last:
            self._faults["from"] = ["Must not be after the end of the period."]

    def note(self, name: str, fault: str) -> None:
        self._faults[name] = [fault]

    def judge(self) -> None:
        """Raise ValidationFailed with all that was noted."""
        if self._faults:
            raise ValidationFailed(errors=self._faults)
