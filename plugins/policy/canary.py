"""Policy: moves a fleet to another upstream step by step."""

from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Self

from pydantic import Field, model_validator

from broker.api import BasePlugin, Route, SessionView, hookimpl


class Canary(BasePlugin):
    """Sends chosen stations, and a stable share of all others, to another upstream."""

    name = "policy.canary"

    class Config(BasePlugin.Config):
        upstream: str = ""
        """Where they go: an upstream's name, or `local`. Needed as soon as anybody is to go there."""
        percent: float = Field(default=0.0, ge=0, le=100)
        """The share of the stations that `identities` does not name. More of it adds stations and moves none back."""
        identities: tuple[str, ...] = ()
        """Who goes there in any case; patterns with `*`."""

        @model_validator(mode="after")
        def _names_an_upstream(self) -> Self:
            if not self.upstream and (self.percent or self.identities):
                raise ValueError("upstream is missing: the name of the upstream that these stations go to")
            return self

    config: Config

    @hookimpl
    def choose_route(self, session: SessionView) -> Route | None:
        """The other upstream, or None for the configured routes."""
        return Route(self.config.upstream) if self._moves(session.identity) else None

    def _moves(self, identity: str) -> bool:
        if any(fnmatchcase(identity, pattern) for pattern in self.config.identities):
            return True
        return _place(identity) < self.config.percent


def _place(identity: str) -> float:
    """Where in the fleet a station stands, from 0 up to and without 100.

    A hash of the identity alone, so the same after a reconnect, a restart and on every other broker.
    """
    return int.from_bytes(sha256(identity.encode()).digest()[:4], "big") / 2**32 * 100
