"""A started local authorization list plugin of 2.x, and a station that keeps its list as D01 says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ocpp201_neighbour_kit import beside

from broker.api import Call, Reply, Token, Variable, Version
from broker.testing import Harness
from plugins.ocpp201.local_auth_list.plugin import LocalAuthList

ID = "CP001"
Payload = dict[str, Any]


def id_token(one: str, kind: str = "Central") -> dict[str, str]:
    return {"idToken": one, "type": kind}


def entry(one: str, status: str = "Accepted", kind: str = "Central", **more: Any) -> dict[str, Any]:
    return {"idToken": id_token(one, kind), "idTokenInfo": {"status": status, **more}}


def removal(one: str, kind: str = "Central") -> dict[str, Any]:
    return {"idToken": id_token(one, kind)}


class ListStation:
    """Version and entries of a station's list. `answers`: what the next SendLocalLists get instead."""

    def __init__(self, h: Harness, ocpp: str, version: int) -> None:
        self.h = h
        self.ocpp = ocpp
        self.version = version
        self.entries: dict[tuple[str, str], Any] = {}
        self.sends: list[Payload] = []
        self.asked = 0
        self.answers: list[str] = []
        self.session = h.session(ocpp)
        self.session.replies = {"GetLocalListVersion": self._version, "SendLocalList": self._send}

    async def do(self, **params: Any) -> dict[str, Any]:
        """What `send-local-list` gives."""
        return await self.h.operate(self.ocpp, "send-local-list", params)

    async def book(self) -> Any:
        return await self.h.records.local_lists.get(ID)

    async def variable(self, name: str, value: str, **details: Any) -> None:
        """What the station's device model is known to say."""
        row = Variable(identity=ID, component="LocalAuthListCtrlr", variable=name, value=value, details=details)
        await self.h.records.commit(self.h.records.variables.put(row))

    def _version(self, payload: Payload) -> Reply:
        self._check("GetLocalListVersion", payload)
        self.asked += 1
        return Reply.result({"versionNumber": self.version})

    def _send(self, payload: Payload) -> Reply:
        self._check("SendLocalList", payload)
        self.sends.append(payload)
        return Reply.result({"status": self.answers.pop(0) if self.answers else self._take(payload)})

    def _take(self, payload: Payload) -> str:
        if payload["updateType"] == "Full":
            self.entries = {}
        elif payload["versionNumber"] <= self.version:
            return "VersionMismatch"
        for one in payload.get("localAuthorizationList", []):
            key = (one["idToken"]["idToken"].lower(), one["idToken"]["type"])
            self.entries.pop(key, None)
            if "idTokenInfo" in one:
                self.entries[key] = one["idTokenInfo"]
        self.version = payload["versionNumber"]
        return "Accepted"

    def _check(self, action: str, payload: Payload) -> None:
        call = Call.of(action, payload, version=Version(self.ocpp))
        assert self.h.plugins.schemas.check_call(call) is None


@asynccontextmanager
async def local_list(
    ocpp: str, *tokens: Token, version: int = 0, **config: Any
) -> AsyncIterator[tuple[ListStation, Any]]:
    """The plugin with these tokens: a station whose list is empty or of a version that nobody knows, and `forget`."""
    h, shared = beside(LocalAuthList, **config)
    await h.ready()
    await h.records.tokens.put_many(tokens)
    try:
        yield ListStation(h, ocpp, version), shared["ocpp201.local_list"]
    finally:
        await h.stop()
