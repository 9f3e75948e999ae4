"""What kind of file it is, judged by its first bytes and never by what its sender calls it. Pure."""

from erp.problems import UnsupportedMediaType

ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
}
"""What is taken, with the ending of its name in the folder."""
IMAGES = frozenset(kind for kind in ENDINGS if kind.startswith("image/"))
_BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
}


class UnknownMedia(UnsupportedMediaType):
    """The file is none of those that are taken here: the message names them. Send another."""

    code = "unsupported-file"


def media_type_of(content: bytes, *, among: frozenset[str] = frozenset(ENDINGS)) -> str:
    """The media type that the content shows. Raises UnknownMedia for any that is not among these."""
    found = next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), "")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found = "image/webp"
    if found not in among:
        raise UnknownMedia("Send one of: " + ", ".join(sorted(among)) + ".")
    return found
