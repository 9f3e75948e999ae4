"""What kind of file it is, judged by its first bytes and never by what its sender calls it. Pure."""

import struct

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


# ── How large a picture is ───────────────────────────────────────────────────────────────────────────────────────────

MAX_PIXELS = 25_000_000
"""Of a picture that pages show small: a few kilobytes may unfold to gigabytes in every browser that shows it."""
_NO_SIZE = frozenset({0xC4, 0xC8, 0xCC})
"""Markers of a JPEG among those of frames that do not begin one: tables, and one that is reserved."""


def picture_size(content: bytes, media_type: str) -> tuple[int, int] | None:
    """Width and height in pixels, as the beginning of the picture says them; None when it does not, or says nothing."""
    try:
        size = _SIZES[media_type](content)
    except (KeyError, struct.error):
        return None
    return size if size and all(size) else None


def _png(content: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack_from(">II", content, 16)
    return (width, height) if content[12:16] == b"IHDR" else None


def _gif(content: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack_from("<HH", content, 6)
    return width, height


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """Walks from marker to marker until a frame begins."""
    at = 2
    while content[at : at + 1] == b"\xff":
        marker, length = struct.unpack_from(">xBH", content, at)
        if marker == 0xFF:  # one more to fill the room before a marker
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        if length < 2 or marker == 0xDA:  # broken, or the picture itself
            return None
        at += 2 + length
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    form = content[12:16]
    if form == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
        return (width + 1, height + 1) if len(content) >= 30 else None
    if form == b"VP8L" and content[20:21] == b"\x2f":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


_SIZES = {"image/png": _png, "image/gif": _gif, "image/jpeg": _jpeg, "image/webp": _webp}
