"""Tariffs, courses and transactions for the tests of tariff and cost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from broker.api import BasePlugin, Call, Context, Token, Transaction, Version
from broker.testing import Harness
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.tariff_cost.cost import Cost, Phase, cost
from plugins.ocpp201.tariff_cost.course import Course
from plugins.ocpp201.tariff_cost.plugin import TariffCost
from plugins.ocpp201.tariff_cost.tariff import Tariff
from plugins.ocpp201.transactions.plugin import Transactions

NOW = 1_767_225_600.0
"""2026-01-01T00:00:00Z, a Thursday, where the clock of a harness stands."""
START = 1_767_225_600_000
MINUTE = 60_000
VAT = [{"type": "VAT", "tax": 20}]
TX = "tx-1"
KWH = {"tariffId": "KWH", "currency": "EUR", "energy": {"prices": [{"priceKwh": 0.25}]}}
FULL = {
    "tariffId": "FULL",
    "currency": "EUR",
    "energy": {"prices": [{"priceKwh": 0.25}], "taxRates": VAT},
    "chargingTime": {"prices": [{"priceMinute": 0.1}], "taxRates": VAT},
    "idleTime": {"prices": [{"priceMinute": 0.2}], "taxRates": VAT},
    "fixedFee": {"prices": [{"priceFixed": 0.5}], "taxRates": VAT},
}


def tariff(**members: Any) -> Tariff:
    return Tariff.model_validate({"tariffId": "T", "currency": "EUR", **members})


def course(*readings: tuple[float, float], states: tuple[tuple[float, bool], ...] = ()) -> Course:
    """Readings by (minute, Wh), states by (minute, charging)."""
    found = Course(START)
    for minute, wh in readings:
        found.energy.add(START + round(minute * MINUTE), Decimal(str(wh)))
    found.set_states((START + round(minute * MINUTE), charging) for minute, charging in states)
    return found


def costs(given: Tariff, of: Course, minutes: float, **options: Any) -> Cost:
    return cost([Phase(START, given)], of, START + round(minutes * MINUTE), **options)


def transaction(**members: Any) -> Transaction:
    return Transaction(identity="CP001", transaction_id=TX, version="ocpp2.1", **members)


def event(kind: str, minute: int, wh: float | None = None, **members: Any) -> dict[str, Any]:
    """A TransactionEvent so many minutes after NOW; its seqNo is the minute."""
    at = f"2026-01-01T{minute // 60:02}:{minute % 60:02}:00Z"
    info = {"transactionId": TX, **members.pop("info", {})}
    found = {"eventType": kind, "seqNo": minute, "timestamp": at, "triggerReason": "Trigger", "transactionInfo": info}
    if wh is not None:
        found["meterValue"] = [{"timestamp": at, "sampledValue": [{"value": wh}]}]
    return {**found, **members}


def of(token: str = "CARD", kind: str = "Central") -> dict[str, Any]:
    return {"idToken": {"idToken": token, "type": kind}}


class Sessions:
    """The sessions of a harness, as the broker shows them."""

    def __init__(self, h: Harness) -> None:
        self._h = h

    def get(self, identity: str) -> Any:
        return self._h.session("ocpp2.1") if identity == "CP001" else None

    def all(self) -> list[Any]:
        return list(self._h.sessions.values())


class Neighbour(BasePlugin):
    """Another plugin: it sees what the plugins share, and has a context."""

    name = "neighbour"
    latest: "Neighbour"

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        Neighbour.latest = self


@asynccontextmanager
async def priced(*more: Any, tokens: tuple[Token, ...] = (), **options: Any) -> AsyncIterator[Harness]:
    """The plugin with those that it needs, and the token CARD; the calls to the station fit their schemas."""
    options = {"tariffs": [KWH, FULL], "default": "KWH", **options}
    h = Harness((Transactions, {}), (Authorization, {}), (TariffCost, options), *more, (Neighbour, {}))
    h.contexts.sessions = Sessions(h)
    await h.ready()
    for token in (Token(id="CARD"), *tokens):
        await h.records.tokens.put(token)
    try:
        yield h
        for version, session in h.sessions.items():
            for action, payload in session.sent:
                assert h.plugins.schemas.check_call(Call.of(action, payload, version=Version(version))) is None
    finally:
        await h.stop()


async def tells(h: Harness, payload: dict[str, Any], version: str = "ocpp2.1") -> dict[str, Any]:
    """What a TransactionEvent is answered."""
    return (await h.call(version, "TransactionEvent", payload)).payload


async def details(h: Harness) -> dict[str, Any]:
    row = await h.records.transactions.get("CP001", TX)
    assert row is not None
    return row.details


async def spawned() -> None:
    """Wait for what the plugins have spawned."""
    for task in asyncio.all_tasks():
        if task.get_name().startswith("plugin:"):
            await task
