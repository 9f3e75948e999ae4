"""What a foreign system does to us, by name. A foreign 401 or 403 never becomes ours: the person who asked may well ask."""

from typing import Any

from erp.problems import Conflict, NotFound, Unavailable


class BadCredentials(Conflict):
    """The foreign system refuses the key of the connection. Put a good one in its place."""

    code = "bad-credentials"
    message = "The foreign system refuses the key."


class ConnectorOff(Conflict):
    """The company is connected to no Invoice Ninja, or the connection is switched off. Connect it, or switch it on."""

    code = "connector-off"
    message = "The company is connected to no Invoice Ninja, or the connection is off."


class AlreadyLinked(Conflict):
    """The customer is another client there, or the client another customer here. Unlink that one first."""

    code = "already-linked"
    message = "The customer or the client is linked already."


class AlreadyResolved(Conflict):
    """Somebody has decided it already, or it has settled itself. Read the list anew."""

    code = "already-resolved"
    message = "This is decided already."


class NotLinked(Conflict):
    """The customer is linked to no client there. Link him first."""

    code = "not-linked"
    message = "The customer is linked to no client there."


class SeveralMatches(Conflict):
    """Several may be meant: `data` names them. Choose one, and link it."""

    code = "several-matches"
    message = "Several may be meant; choose one, and link it."


class RemoteUnfit(Conflict):
    """The foreign row holds what ours cannot: the message says what. Correct it there."""

    code = "remote-unfit"
    message = "The foreign row holds what ours cannot."


class RemoteRefused(Conflict):
    """The foreign system understood and refused; `fields` are its words. Correct it there or here."""

    code = "remote-refused"
    message = "The foreign system refused."

    def __init__(self, message: str | None = None, *, status_there: int = 0, fields: dict[str, Any] | None = None) -> None:
        super().__init__(message, errors=fields)
        self.status_there = status_there


class BreakerOpen(Conflict):
    """The foreign system failed so often in a row that it is not asked any more. Look there first, then begin again."""

    code = "connection-paused"
    message = "The connection is paused."


class RemoteNotFound(NotFound):
    """The foreign system has no such row."""

    code = "remote-not-found"
    message = "The foreign system has no such row."


class Unreachable(Unavailable):
    """The foreign system cannot be reached. Try again later."""

    code = "remote-unreachable"
    message = "The foreign system cannot be reached."


class RemoteFailed(Unavailable):
    """The foreign system failed. Try again later."""

    code = "remote-failed"
    message = "The foreign system failed."


class RemoteBusy(Unavailable):
    """The foreign system is asked too often. Wait `Retry-After` seconds."""

    code = "remote-busy"

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__("The foreign system is asked too often.", retry_after_s=retry_after_s)


class RemoteNonsense(Unavailable):
    """The foreign system answered something that is no JSON, or no end of it: often a proxy in between. Look there."""

    code = "remote-nonsense"
    message = "The foreign system answered nonsense."


class OutcomeUnknown(Unavailable):
    """Something was sent, and nobody knows whether it was done. Look there before it is sent again."""

    code = "unknown-outcome"
    message = "It is not known whether the foreign system did it."
