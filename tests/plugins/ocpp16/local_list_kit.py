"""A started Local Auth List Management plugin, and a station that keeps its list as 1.6 5.15 says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from broker.api import Call, Reply, Token, Variable, Version
from broker.testing import Harness, harness
from plugins.ocpp16.local_auth_list import LocalAuthList

V = "ocpp1.6"
ID = "CP001"
SendLocalList = dict[str, Any]


def entry(tag: str, status: str = "Accepted", **more: str) -> dict[str, Any]:
    return {"idTag": tag, "idTagInfo": {"status": status, **more}}


class ListStation:
    """Version and entries of a station's list. `answers`: what the next SendLocalLists get instead."""

    def __init__(self, h: Harness, version: int = 0) -> None:
        self._schemas = h.plugins.schemas
        self.version = version
        self.entries: dict[str, Any] = {}
        self.sends: list[SendLocalList] = []
        self.asked = 0
        self.answers: list[str] = []
        self.on_send: Callable[[], None] = lambda: None
        self.session = h.session(V)
        self.session.replies = {"GetLocalListVersion": self._version, "SendLocalList": self._send}

    def _version(self, payload: dict[str, Any]) -> Reply:
        self._check("GetLocalListVersion", payload)
        self.asked += 1
        return Reply.result({"listVersion": self.version})

    def _send(self, payload: SendLocalList) -> Reply:
        self._check("SendLocalList", payload)
        self.sends.append(payload)
        self.on_send()
        status = self.answers.pop(0) if self.answers else self._take(payload)
        return Reply.result({"status": status})

    def _take(self, payload: SendLocalList) -> str:
        if payload["updateType"] == "Full":
            self.entries = {}
        elif payload["listVersion"] <= self.version:
            return "VersionMismatch"
        for one in payload.get("localAuthorizationList", []):
            self.entries.pop(one["idTag"], None)
            if "idTagInfo" in one:
                self.entries[one["idTag"]] = one["idTagInfo"]
        self.version = payload["listVersion"]
        return "Accepted"

    def _check(self, action: str, payload: dict[str, Any]) -> None:
        assert self._schemas.check_call(Call.of(action, payload, version=Version.V16)) is None


@asynccontextmanager
async def local_list(*tokens: Token, version: int = 0, **config: Any) -> AsyncIterator[tuple[Harness, ListStation]]:
    """The plugin with these tokens, and a station whose list is empty or of a version that nobody knows."""
    h = harness(LocalAuthList, **config)
    await h.ready()
    await h.records.tokens.put_many(tokens)
    try:
        yield h, ListStation(h, version)
    finally:
        await h.stop()


async def send(h: Harness, **params: Any) -> dict[str, Any]:
    return await h.operate(V, "send-local-list", params)


async def limit(h: Harness, **keys: str) -> None:
    """What the station's configuration is known to say."""
    for name, value in keys.items():
        await h.records.commit(h.records.variables.put(Variable(identity=ID, variable=name, value=value)))


def tags_of(payload: SendLocalList) -> list[str]:
    return [one["idTag"] for one in payload.get("localAuthorizationList", [])]
