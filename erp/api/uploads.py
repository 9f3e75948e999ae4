"""Multipart bodies: texts and files, counted while they are read, and judged by what is in them."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

import msgspec
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from erp.access import Actor
from erp.characters import REFUSED
from erp.idempotency import Answer
from erp.media import ENDINGS, media_type_of
from erp.parsing import read_into, read_object, trimmed
from erp.problems import ParseError, TooLarge, UnsupportedMediaType, ValidationFailed
from erp.storing import SavedFile, discard_file, save_file

S = TypeVar("S", bound=msgspec.Struct)
MULTIPART = "multipart/form-data"
ANY_MEDIA = frozenset(ENDINGS)
_ROOM = 64 * 1024
"""For the texts beside a file, in bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent; nothing of its name is kept."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What a multipart body holds: texts by name, in the order sent, and the files that were wanted."""

    texts: Mapping[str, list[str]]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def fingerprint(self) -> bytes:
        """The same for the same texts and files, whatever stands between the parts."""
        files = {name: hashlib.sha256(upload.content).hexdigest() for name, upload in sorted(self.files.items())}
        return msgspec.json.encode([dict(sorted(self.texts.items())), files])


def is_multipart(request: HttpRequest) -> bool:
    return (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower() == MULTIPART


def read_parts(request: HttpRequest, *, files: Mapping[str, frozenset[str]]) -> Parts:
    """The body's texts, and the files with these names, of these media types.

    An empty file is none. Raises ParseError, TooLarge, UnsupportedMediaType for a body that is no form, UnknownMedia, and
    ValidationFailed for a file under another name.
    """
    if not is_multipart(request):
        raise UnsupportedMediaType(f"Send Content-Type: {MULTIPART}.")
    texts, sent = _parse(request)
    plain = {name: [_text(name, text) for text in texts.getlist(name)] for name in texts}
    found: dict[str, Upload] = {}
    for name, file in sent.items():
        if name not in files:
            raise ValidationFailed(errors={name: ["No file is taken here."]})
        if content := cast("UploadedFile[Any]", file).read():
            if len(content) > settings.MAX_UPLOAD_BYTES:
                raise TooLarge(f"A file may have {settings.MAX_UPLOAD_BYTES} bytes.")
            found[name] = Upload(content, media_type_of(content, among=files[name]))
    return Parts(plain, found)


def _parse(request: HttpRequest) -> tuple[Any, "MultiValueDict[str, Any]"]:
    most = settings.MAX_UPLOAD_BYTES + _ROOM
    try:
        body = request.read(most + 1)
    except UnreadablePostError:
        raise ParseError("The body broke off before its end.") from None
    if len(body) > most:
        raise TooLarge(f"The body is larger than {most} bytes.")
    meta = {"CONTENT_TYPE": request.META["CONTENT_TYPE"], "CONTENT_LENGTH": len(body)}
    try:
        return MultiPartParser(meta, BytesIO(body), [MemoryFileUploadHandler()], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, UnicodeError, ValueError):
        raise ParseError("The body is no multipart form.") from None


def _text(name: str, text: str) -> str:
    if REFUSED.search(name) or "\ufffd" in text:
        raise ParseError("The form holds characters that are not allowed.")
    return trimmed(text)


def form_members(parts: Parts, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The texts of a form as the plain members that a JSON body would have, for `read_into`.

    A list is sent as its name again and again, or as JSON; a blank is no number, no id and no list.
    """
    members = {member.encode_name: member.type for member in msgspec.structs.fields(kind)}
    plain: dict[str, Any] = {}
    for name, texts in parts.texts.items():
        kinds = _kinds(members.get(name, str))
        text = texts[-1]
        if list in kinds:
            if given := [one for one in texts if one]:
                plain[name] = _listed(name, given)
        elif bool in kinds and text.lower() in {"true", "false"}:
            plain[name] = text.lower() == "true"
        elif text or str in kinds:
            plain[name] = text
    return plain


def read_form(
    request: HttpRequest, kind: type[S], *, files: Mapping[str, frozenset[str]]
) -> tuple[S, dict[str, Any], Parts]:
    """The form as a struct, as the plain object that it stands for, and as it came.

    Raises 400 with every bad field, 413, 415.
    """
    parts = read_parts(request, files=files)
    plain = form_members(parts, kind)
    return read_into(kind, plain), plain, parts


def _listed(name: str, texts: list[str]) -> list[Any]:
    if len(texts) > 1 or not texts[0].startswith("["):
        return texts
    read = read_object(b'{"%s": %s}' % (name.encode(), texts[0].encode()), max_bytes=settings.MAX_BODY_BYTES)
    found: list[Any] = read[name]
    return found


def _kinds(kind: Any) -> set[Any]:
    """The plain types that a member takes."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _kinds(get_args(kind)[0])
    if origin in {Union, UnionType}:
        return set[Any]().union(*(_kinds(one) for one in get_args(kind)))
    return {origin or kind}


@contextmanager
def saved_files(actor: Actor, parts: Parts) -> Iterator["Saved"]:
    """The files of the form in their folder. They stay only when the block ends well and says `settle`d what it answered."""
    saved = Saved({})
    try:
        for name, upload in parts.files.items():
            saved.files[name] = save_file(company_id=actor.company_id, content=upload.content, media_type=upload.media_type)
        yield saved
    finally:
        if not saved.kept:
            for file in saved.files.values():
                discard_file(file)


@dataclass(slots=True)
class Saved:
    files: dict[str, SavedFile]
    kept: bool = False

    def settle(self, answer: Answer, *, dry_run: bool) -> Answer:
        """Keep the files, unless nothing was stored or an earlier request had stored them."""
        self.kept = not (dry_run or answer.replayed)
        return answer
