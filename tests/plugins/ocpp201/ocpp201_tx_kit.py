"""TransactionEvents of a station, and the transactions plugin with one station, for the tests of its parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hypothesis import HealthCheck, settings

from broker.api import BasePlugin, Call, Version
from broker.testing import Harness, TestSession
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.transactions.plugin import Transactions

NOW = 1_767_225_600.0
"""2026-01-01T00:00:00Z, where the clock of a harness stands."""
#: For property tests: a busy machine is no reason to fail.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CARD = {"idToken": "CARD1", "type": "ISO14443"}
TX = "7f3a6c1e-0000-4000-8000-000000000001"


class Sessions:
    """The sessions of a harness, as the broker shows them."""

    def __init__(self, *sessions: TestSession) -> None:
        self._sessions = {session.identity: session for session in sessions}

    def get(self, identity: str) -> TestSession | None:
        return self._sessions.get(identity)

    def all(self) -> list[TestSession]:
        return list(self._sessions.values())


def at(seconds: float) -> str:
    """So many seconds after NOW, as OCPP writes it."""
    return f"2026-01-01T{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}Z"


def event(kind: str, seq: int, *, info: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A TransactionEvent, `seq` minutes after NOW unless it says when."""
    return {
        "eventType": kind,
        "timestamp": at(60 * seq),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq,
        "transactionInfo": {"transactionId": TX, **(info or {})},
        **members,
    }


def measured(seq: int, value: float, **sampled: Any) -> list[dict[str, Any]]:
    """A meterValue with one sample of the register."""
    return [{"timestamp": at(60 * seq), "sampledValue": [{"value": value, **sampled}]}]


def charging() -> list[dict[str, Any]]:
    """A whole transaction of five events: 1000 Wh at its begin, 6000 Wh at its end."""
    return [
        event(
            "Started", 0, triggerReason="CablePluggedIn", evse={"id": 1, "connectorId": 2},
            info={"chargingState": "EVConnected"},
        ),
        event(
            "Updated", 1, triggerReason="Authorized", idToken=CARD, info={"chargingState": "Charging"},
            meterValue=measured(1, 1000, context="Transaction.Begin"),
        ),
        event("Updated", 2, info={"chargingState": "Charging"}, meterValue=measured(2, 3000)),
        event("Updated", 3, triggerReason="ChargingStateChanged", info={"chargingState": "SuspendedEV"}),
        event(
            "Ended", 4, triggerReason="EVDeparted", info={"chargingState": "Idle", "stoppedReason": "EVDisconnected"},
            meterValue=measured(4, 6000, context="Transaction.End"),
        ),
    ]  # fmt: skip


def call_of(payload: dict[str, Any], *, version: str = "ocpp2.0.1", answered_by: str = "local") -> Call:
    call = Call.of("TransactionEvent", payload, version=Version(version))
    call.answered_by = answered_by
    return call


def plugin(h: Harness, name: str) -> Any:
    """The plugin itself."""
    return h.plugins._loaded[name].instance


async def spawned() -> None:
    """Wait for what the plugins have spawned."""
    for task in asyncio.all_tasks():
        if task.get_name().startswith("plugin:"):
            await task


@asynccontextmanager
async def transactions(*more: type[BasePlugin], **config: Any) -> AsyncIterator[Harness]:
    """The plugin with the one that knows tokens, started; its station is CP001."""
    h = Harness((Authorization, {}), (Transactions, config), *((plugin, {}) for plugin in more))
    await h.ready()
    h.contexts.sessions = Sessions(h.session("ocpp2.0.1"))
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()
