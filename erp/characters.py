"""Which characters a text may hold: patterns for members of bodies, and a look at headers, queries and paths."""

import re

# NUL and control characters, lone surrogates, bidirectional overrides, and what Unicode calls default ignorable: zero-width
# and other invisible characters.
_INVISIBLE = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
# They choose a glyph (an emoji's, a Mongolian letter's): fine in names, but a code would look like another one.
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_BREAKS = "\t\n\r"
_JOINERS = "\u200c\u200d"
# Indian scripts join letters with these two, often after a virama, which is a mark and no letter.
_JOINED = f"(?:(?<=[\\w\u0900-\u0dff])[{_JOINERS}](?=[\\w\u0900-\u0dff])[^{{refused}}]*)*"


def _clean(refused: str) -> str:
    refused += _JOINERS
    return f"^[^{refused}]*{_JOINED.format(refused=refused)}\\Z"


ONE_LINE = _clean(_INVISIBLE + _BREAKS)
MANY_LINES = _clean(_INVISIBLE)
CODE = f"^[^{_INVISIBLE}{_BREAKS}{_JOINERS}{_SELECTORS}]*\\Z"
# Some invisible characters count as letters.
EMAIL = f"^(?!.*[{_INVISIBLE}])" + r"(?:[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+)?\Z"

REFUSED = re.compile(f"[{_INVISIBLE}]")
# Clean text holds neither an escape nor an odd character: then no key and no ignored value needs a closer look.
SUSPICIOUS = re.compile(f"[\\\\{_INVISIBLE}]")


def is_clean(text: str) -> bool:
    """No control, invisible or bidirectional characters: fit for a header, a query or a path."""
    return REFUSED.search(text) is None and not any(mark in text for mark in _BREAKS)
