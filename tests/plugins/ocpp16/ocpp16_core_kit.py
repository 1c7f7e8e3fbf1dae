"""A started Core plugin with one station, for the tests of its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broker.api import BasePlugin, Token
from broker.testing import Harness, TestSession
from plugins.ocpp16.core import Core

V = "ocpp1.6"
NOW = 1_767_225_600.0
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
START = {"connectorId": 1, "idTag": "CARD1", "meterStart": 100, "timestamp": "2026-01-01T00:00:00Z"}


class Sessions:
    """The sessions of a harness, as the broker shows them."""

    def __init__(self, *sessions: TestSession) -> None:
        self._sessions = {session.identity: session for session in sessions}

    def get(self, identity: str) -> TestSession | None:
        return self._sessions.get(identity)

    def all(self) -> list[TestSession]:
        return list(self._sessions.values())


@asynccontextmanager
async def core(*more: type[BasePlugin], version: str = V, **config: Any) -> AsyncIterator[Harness]:
    """The plugin, started, and its station CP001; `more` plugins stand behind it."""
    h = Harness((Core, config), *((plugin, {}) for plugin in more))
    h.contexts.sessions = Sessions(h.session(version))
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


async def put_tokens(h: Harness, **tokens: dict[str, Any]) -> None:
    """Tokens by id: `CARD1={"parent": "FAMILY"}`."""
    for name, members in tokens.items():
        row = {"type": "", "status": "Accepted", "expires": None, "parent": None, **members}
        await h.records.tokens.put(token(name, **row))


def token(name: str, **members: Any) -> Token:
    row = {
        "type": "",
        "status": "Accepted",
        "expires": None,
        "parent": None,
        "parent_type": None,
        "note": "",
        "language": None,
        "updated_at": NOW,
        "source": "api",
    }
    return Token(id=name, **{**row, **members})
