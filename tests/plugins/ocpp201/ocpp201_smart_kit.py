"""A started smart charging plugin of 2.x, its stations, and their transactions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from broker.api import BasePlugin, Call, Direction, Reply, Schemas, Transaction, Variable, Version
from broker.testing import Harness, TestSession
from plugins.ocpp201.smart_charging.plugin import SmartCharging

V = "ocpp2.0.1"
V21 = "ocpp2.1"
ID = "CP001"
T0 = 1_767_225_600.0
NOW = "2026-01-01T00:00:00Z"
ACCEPTED = Reply.result({"status": "Accepted"})
REJECTED = Reply.result({"status": "Rejected"})
AC = {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400}
TO_STATION = ("ClearChargingProfile", "GetChargingProfiles", "RequestStartTransaction", "SetChargingProfile")


LIMIT = {
    "chargingLimit": {"chargingLimitSource": "EMS"},
    "chargingSchedule": [
        {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}]}
    ],
}


class Sessions:
    """The sessions of a harness, as the broker shows them."""

    def __init__(self, *sessions: TestSession) -> None:
        self._sessions = {session.identity: session for session in sessions}

    def get(self, identity: str) -> TestSession | None:
        return self._sessions.get(identity)

    def all(self) -> list[TestSession]:
        return list(self._sessions.values())


@asynccontextmanager
async def smart(
    *more: type[BasePlugin], version: str = V, before: Callable[[Harness], None] | None = None, **config: Any
) -> AsyncIterator[Harness]:
    """The plugin, started, and its station CP001, which accepts everything; `more` plugins stand behind it.

    `before`: what the records hold when it starts.
    """
    h = Harness((SmartCharging, config), *((plugin, {}) for plugin in more))
    session = h.session(version)
    session.replies |= dict.fromkeys(TO_STATION, ACCEPTED)
    h.contexts.sessions = Sessions(session)
    await h.ready()
    if before is not None:
        before(h)
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


def joined(h: Harness, identity: str, version: str = V) -> TestSession:
    """Another station, which accepts everything too."""
    session = TestSession(Version(version), identity=identity)
    session.replies |= dict.fromkeys(TO_STATION, ACCEPTED)
    inner = h.session(version).review

    async def review(of: TestSession, action: str, payload: dict[str, Any], reply: Reply) -> Reply:
        """As the harness does for its own station, of which it has one for each version."""
        first, h.sessions[of.version] = h.sessions[of.version], of
        try:
            assert inner is not None
            return await inner(of, action, payload, reply)
        finally:
            h.sessions[of.version] = first

    session.review = review
    h.contexts.sessions = Sessions(*h.contexts.sessions.all(), session)
    return session


def left(h: Harness, *identities: str) -> None:
    """These stations have lost their connection."""
    h.contexts.sessions = Sessions(*(each for each in h.contexts.sessions.all() if each.identity not in identities))


def back(h: Harness, session: TestSession) -> None:
    """It is connected again, as a new session."""
    session.state = {}
    h.contexts.sessions = Sessions(*h.contexts.sessions.all(), session)


def started(h: Harness, transaction: str = "tx1", evse: int = 1, identity: str = ID, **more: Any) -> None:
    """A transaction runs, as far as the records know."""
    row = {"version": V, "connector": 1, "started_at": T0, "received_at": T0} | more
    tx = Transaction(identity=identity, transaction_id=transaction, evse=evse, **row)
    h.records.later(h.records.transactions.put(tx))


def ended(h: Harness, transaction: str = "tx1", identity: str = ID) -> None:
    """It has ended, as far as the records know."""
    row = Transaction(identity=identity, transaction_id=transaction, version=V, evse=1, started_at=T0, ended=True)
    h.records.later(h.records.transactions.put(row))


def knows(h: Harness, **variables: str) -> None:
    """Of SmartChargingCtrlr."""
    for name, value in variables.items():
        row = Variable(identity=ID, component="SmartChargingCtrlr", variable=name, attribute="Actual", value=value)
        h.records.later(h.records.variables.put(row))


def needs(evse: int = 1, tuples: int | None = None, ac: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A NotifyEVChargingNeeds."""
    told = {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": {**AC, **(ac or {})}, **more}
    return {"evseId": evse, "chargingNeeds": told} | ({} if tuples is None else {"maxScheduleTuples": tuples})


def ev_schedule(limit: float, evse: int = 1) -> dict[str, Any]:
    """A NotifyEVChargingSchedule."""
    periods = [{"startPeriod": 0, "limit": limit}]
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    return {"timeBase": NOW, "evseId": evse, "chargingSchedule": schedule}


def event(kind: str, transaction: str = "tx1", evse: int = 1, trigger: str = "Trigger", **info: Any) -> dict[str, Any]:
    """A TransactionEvent."""
    return {
        "eventType": kind,
        "timestamp": NOW,
        "triggerReason": trigger,
        "seqNo": 0,
        "transactionInfo": {"transactionId": transaction, **info},
        "evse": {"id": evse, "connectorId": 1},
    }


async def status(h: Harness, payload: dict[str, Any], version: str = V) -> str:
    """How a NotifyEVChargingNeeds is answered, and whatever follows is done."""
    reply = await h.call(version, "NotifyEVChargingNeeds", payload)
    await settled()
    found: str = reply.payload["status"]
    return found


async def settled() -> None:
    """What was spawned has been done."""
    for _ in range(5):
        await asyncio.sleep(0.01)


def sent(session: TestSession, action: str = "SetChargingProfile") -> list[dict[str, Any]]:
    """The payloads of the calls of that action, which fit their schema."""
    found = [payload for name, payload in session.sent if name == action]
    for payload in found:
        assert Schemas().check_call(Call.of(action, payload, version=session.version)) is None
    return found


def levels(payload: dict[str, Any]) -> list[tuple[int, float]]:
    """The periods of a SetChargingProfile."""
    (schedule,) = payload["chargingProfile"]["chargingSchedule"]
    return [(each["startPeriod"], each["limit"]) for each in schedule["chargingSchedulePeriod"]]


async def told(h: Harness, action: str, payload: dict[str, Any], reply: Reply | None = None, version: str = V) -> None:
    """A message of the station passes to an upstream, which answers it."""
    h.session(version).answers = "upstream"
    await h.reply(version, action, payload, Reply.result({}) if reply is None else reply)
    h.session(version).answers = "local"


async def asked(h: Harness, action: str, payload: dict[str, Any], reply: Reply, version: str = V) -> None:
    """Somebody else sends the station a request."""
    await h.reply(version, action, payload, reply, direction=Direction.TO_STATION)


async def known(h: Harness, version: str = V) -> list[int]:
    """The ids of the profiles that the station is known to hold."""
    shown = await h.operate(version, "charging-profiles", {})
    return [each["chargingProfile"]["id"] for each in shown["chargingProfiles"]]


def profile(number: int, purpose: str = "TxDefaultProfile", *, limit: float = 6.0, **more: Any) -> dict[str, Any]:
    """A chargingProfile."""
    schedule = {
        "id": number,
        "startSchedule": NOW,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    found = {"id": number, "stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": "Absolute"}
    return {**found, "chargingSchedule": [schedule], **more}
