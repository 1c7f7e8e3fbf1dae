"""What a handler may say about a message, a connection or a route."""

from dataclasses import dataclass
from typing import Any

from broker.ocpp import ErrorKind, Reply, Version, error_code

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replace:
    """Go on with this payload instead; the message keeps its id, its action and who sent it."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the call with this payload (a CALLRESULT); nobody behind this plugin sees the call."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Reject:
    """Answer the call with an error (a CALLERROR); nobody behind this plugin sees the call.

    `kind` is an `ErrorKind`, translated into the code of the station's version, or a code as it stands on the wire.
    """

    kind: ErrorKind | str
    description: str = ""
    details: Payload | None = None

    def reply(self, version: Version) -> Reply:
        """The CALLERROR in the words of this version."""
        code = error_code(version, self.kind) if isinstance(self.kind, ErrorKind) else self.kind
        return Reply.error(code, self.description, self.details)


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget the call: it is neither forwarded nor answered.

    OCPP-J promises an answer to every CALL, so this is for a SEND of 2.1 and for tests of a silent peer.
    """


@dataclass(frozen=True, slots=True)
class Admit:
    """Let the station in, under another identity where one is given."""

    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer the handshake with this HTTP status (400 to 599) and this short text."""

    status: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a station's calls go: `local`, or the name of an upstream of the configuration."""

    primary: str
