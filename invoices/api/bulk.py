"""Many invoices over HTTP: lines in, and as they are stored, lines out."""

from collections import Counter
from collections.abc import Iterator
from contextvars import copy_context
from functools import partial
from typing import IO, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from erp.admitting import Place, admit
from erp.api.rendering import as_problem
from erp.api.spooling import NDJSON, LineLimits, spooled_lines
from erp.api.streaming import Parts, streamed
from invoices.api.envelopes import bulk_done_text, bulk_lines_text
from invoices.api.operations import IMPORT_INVOICES
from invoices.api.views import ImportingView
from invoices.bulk_importing import BulkTerms, ChunkAnswer, import_atomically, import_invoices
from invoices.bulk_lines import MAX_LINE_BYTES, MOST_ATOMIC, MOST_LINES
from invoices.importing import refuse_role_that_may_not_import

AT_A_TIME = 2
"""Bulk imports of one company."""


class ImportInvoicesView(ImportingView):
    """POST invoices of an outside billing system, one to a line."""

    operations: ClassVar = {"POST": IMPORT_INVOICES}

    def post(self, request: Request) -> HttpResponseBase:
        refuse_role_that_may_not_import(self.actor)
        atomic = self.flag("atomic")
        terms = BulkTerms(
            show=partial(bulk_lines_text, dry_run=self.is_dry_run()),
            failure=partial(as_problem, path=request.path),
            clock=timezone.now,
            on_conflict=self.on_conflict(),
            repeat=self.repeat_key(b""),
            dry_run=self.is_dry_run(),
        )
        place = admit(self.actor.company_id, "import_invoices", at_most=AT_A_TIME)
        try:
            limits = LineLimits(lines=MOST_ATOMIC if atomic else MOST_LINES, line_bytes=MAX_LINE_BYTES)
            lines = spooled_lines(request._request, limits)
            if atomic:
                with lines, place:
                    return self._atomically(lines, terms)
        except BaseException:
            place.close()
            raise
        answering = _Answering(import_invoices(lines=lines, actor=self.actor, terms=terms), terms, place, lines)
        return streamed(request._request, Parts(answering, answering.close), content_type=NDJSON)

    def _atomically(self, lines: IO[bytes], terms: BulkTerms) -> HttpResponse:
        answer = import_atomically(lines=list(lines), actor=self.actor, terms=terms)
        text = answer.text + bulk_done_text(answer.counts, dry_run=terms.dry_run)
        problem = next((one.problem for one in answer.results if one.problem is not None), None)
        return HttpResponse(text, content_type=NDJSON, status=problem.status if problem else 200)


class _Answering(Iterator[bytes]):
    """The answers as they come, then the last line. Closed, it gives back the place and the file, however far it got."""

    def __init__(self, answers: Iterator[ChunkAnswer], terms: BulkTerms, place: Place, lines: IO[bytes]) -> None:
        self._texts = self._all(answers, terms)
        self._place, self._lines = place, lines
        # The request's id is forgotten when the answer begins; audit entries and logs of later lines still name it.
        self._context = copy_context()

    def __next__(self) -> bytes:
        text = self._context.run(next, self._texts, None)
        if text is None:
            self.close()
            raise StopIteration
        return text.encode()

    def close(self) -> None:
        self._lines.close()
        self._place.close()

    @staticmethod
    def _all(answers: Iterator[ChunkAnswer], terms: BulkTerms) -> Iterator[str]:
        counts: Counter[str] = Counter()
        for answer in answers:
            counts += answer.counts
            yield answer.text
        yield bulk_done_text(counts, dry_run=terms.dry_run)
