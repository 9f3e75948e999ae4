"""Files that people sent, over HTTP: ``/api/files/{token}/``. The address itself is the credential, for an hour."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from erp.api.contracts import Operation, Parameter, Reply
from erp.api.views import ErpView
from erp.locking import set_company
from erp.models import StoredFile, Within
from erp.problems import NotFound
from erp.rights import Right
from erp.storing import GOOD_FOR_S, UrlOf, file_named, file_token, read_file


class FileNotFound(NotFound):
    """The address is forged or older than an hour, or the file is gone. Read again what had named it."""

    message = "File not found."


def file_url(request: HttpRequest, company_id: UUID, file_id: UUID | None) -> str | None:
    """An address of the company's file that is good for an hour; None without a file."""
    if file_id is None:
        return None
    return request.build_absolute_uri(reverse("file", kwargs={"token": file_token(company_id, file_id)}))


def file_urls(request: HttpRequest, company_id: UUID) -> UrlOf:
    """Shows files of the company to whoever asks."""
    return partial(file_url, request, company_id)


class FileView(ErpView):
    """GET a file by its signed address."""

    rights: ClassVar = {"GET": Right.ANYONE}
    operations: ClassVar = {
        "GET": Operation(
            name="get_file",
            summary="A file that somebody sent, by the address that a payload shows.",
            replies={200: Reply("The file, as it was sent.", Any, media_type="*/*")},
            refusals=(FileNotFound,),
            parameters=(Parameter("token", "As in the `…_url` of a payload.", place="path"),),
        )
    }

    def get(self, request: Request, token: str) -> HttpResponse:
        named = file_named(token)
        if named is None:
            raise FileNotFound
        company_id, file_id = named
        with transaction.atomic():
            set_company(company_id)
            row = StoredFile.objects.of(Within(company_id)).filter(id=file_id).first()
        content = read_file(row) if row else None
        if row is None or content is None:
            raise FileNotFound
        response = HttpResponse(content, content_type=row.media_type)
        response.headers["Content-Disposition"] = "inline"
        response.headers["Cache-Control"] = f"private, max-age={GOOD_FOR_S}"
        return response
