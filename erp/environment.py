"""Readings of the environment. Each says what its setting is for, and `docs/reference/settings.md` is made of that."""

import os
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: how it is written, what holds when it is unset (`default`, for people), and what it is for."""

    name: str
    kind: str
    default: str
    purpose: str


SETTINGS: dict[str, Setting] = {}
"""Every variable that the settings read, in the order of reading."""


def describe(name: str, purpose: str, *, kind: str, default: str) -> None:
    """List a variable that is read elsewhere."""
    SETTINGS[name] = Setting(name, kind, default, purpose)


def flag(name: str, purpose: str) -> bool:
    """True or false, false when unset. Raises ImproperlyConfigured for any other word."""
    describe(name, purpose, kind="true or false", default="false")
    word = os.environ.get(name, "").strip().lower()
    if word in {"", "0", "1", "true", "false", "yes", "no"}:
        return word in {"1", "true", "yes"}
    raise ImproperlyConfigured(f"{name} is {word!r}; write true or false.")


def integer(name: str, purpose: str, *, default: int, at_least: int = 0) -> int:
    """A whole number. Raises ImproperlyConfigured for anything else, and for one that is too small."""
    describe(name, purpose, kind=f"whole number, at least {at_least}", default=str(default))
    digits = os.environ.get(name, "").strip()
    if not digits:
        return default
    if not digits.isascii() or not digits.isdigit() or int(digits) < at_least:
        raise ImproperlyConfigured(f"{name} is {digits!r}; write a whole number, at least {at_least}.")
    return int(digits)


def texts(name: str, purpose: str, *, default: str = "") -> list[str]:
    """Texts separated by commas."""
    describe(name, purpose, kind="comma-separated", default=default)
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def networks(name: str, purpose: str) -> list[IPv4Network | IPv6Network]:
    """Networks of IP addresses separated by commas. Raises ImproperlyConfigured for one that is none."""
    try:
        return [ip_network(one) for one in texts(name, purpose)]
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name}: {problem}; write networks like 10.20.0.0/16.") from problem


def text(name: str, purpose: str, *, default: str = "", unset: str = "") -> str:
    """A text. `unset` says in words what holds when there is none."""
    describe(name, purpose, kind="text", default=unset or default)
    return os.environ.get(name) or default
