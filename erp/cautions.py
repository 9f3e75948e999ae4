"""What an answer warns of although it says yes."""

from msgspec import UNSET, Struct, UnsetType


class Caution(Struct, kw_only=True, frozen=True):
    """One entry of `warnings`: `code` for programs, `message` for people, `field` where one is meant."""

    code: str
    message: str
    field: str | UnsetType = UNSET
