"""A session and a clock that a test holds in its hands."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from broker.hooks import Clock
from broker.ocpp import Reply, Version

START = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


Review = Callable[["TestSession", str, dict[str, Any], Reply], Awaitable[Reply]]


class StoppedClock(Clock):
    """A clock that moves only when the test says so."""

    def __init__(self, at: float = START) -> None:
        self._at = at

    def now(self) -> float:
        return self._at

    def monotonic(self) -> float:
        return self._at

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._at += seconds


class TestSession:
    """A session without a socket: notes what a plugin sends to the station, and answers as the test wants."""

    __test__ = False  # no test class, whatever its name

    def __init__(
        self, version: Version = Version.V16, *, identity: str = "CP001", tags: Mapping[str, str] | None = None
    ) -> None:
        self.identity = identity
        self.version = version
        self.tags: Mapping[str, str] = dict(tags or {})
        self.listener = "plain"
        self.security_profile = 0
        self.remote = "127.0.0.1"
        self.state: dict[str, Any] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []
        """(action, payload) of every call that a plugin sent."""
        self.replies: dict[str, Reply | list[Reply] | Callable[[dict[str, Any]], Reply]] = {}
        """By action: what the station answers, each time, in turn, or as a function of the payload; an empty result
        otherwise."""
        self.answers = "local"
        """Who answers the station: `local`, or an upstream's name."""
        self.accepted = True
        """What a plugin has made of its boot."""
        self.review: Review | None = None
        """Set by a harness: lets the plugins see what one of them sent, and its reply, as the broker does."""
        self.stands_in_for: dict[str, dict[str, Any]] | None = None
        """By token: what the upstream has said that the broker stands in for; None: for nobody."""

    def known_token(self, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """As `stands_in_for` has it."""
        token = payload.get("idToken", payload.get("idTag"))
        token = token.get("idToken") if isinstance(token, dict) else token
        return (self.stands_in_for or {}).get(token) if isinstance(token, str) else None

    async def call(self, action: str, payload: dict[str, Any], *, timeout: float | None = None) -> Reply:
        """Note the call and answer it at once, past the plugins' handlers where a harness has this session."""
        self.sent.append((action, payload))
        reply = self._reply(action, payload)
        return reply if self.review is None else await self.review(self, action, payload, reply)

    def _reply(self, action: str, payload: dict[str, Any]) -> Reply:
        found = self.replies.get(action)
        if isinstance(found, list):
            return found.pop(0) if found else Reply.result({})
        return Reply.result({}) if found is None else found(payload) if callable(found) else found
