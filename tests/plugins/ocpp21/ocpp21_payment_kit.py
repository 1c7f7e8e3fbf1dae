"""The plugins for payments and tariffs of 2.1 with those that they need, and a station that accepts everything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broker.api import Call, Reply, Token, Version
from broker.testing import Harness
from plugins.ocpp21.payment.plugin import Payment
from plugins.ocpp21.tariff_cost.plugin import TariffCost
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.tariff_cost.plugin import TariffCost as CentralCost
from plugins.ocpp201.transactions.plugin import Transactions
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, KWH, Neighbour, Sessions

V = "ocpp2.1"
ID = "CP001"
SECRET = "a secret of many characters"
URL = "https://pay.example.com/{chargingStationId}/{evse}/{totp}?v={version}"
ACCEPTED = Reply.result({"status": "Accepted"})


@asynccontextmanager
async def lab(
    *tokens: Token, central: dict[str, Any] | None = None, payment: dict[str, Any] | None = None, **local: Any
) -> AsyncIterator[Harness]:
    """`local` are the options of ocpp21.tariff_cost; the calls to the station fit their schemas."""
    h = Harness(
        (Transactions, {}),
        (Authorization, {}),
        (CentralCost, {"tariffs": [KWH, FULL], "default": "KWH", "cost_updated_interval": None, **(central or {})}),
        (TariffCost, local),
        (Payment, payment or {}),
        (Neighbour, {}),
    )
    h.contexts.sessions = Sessions(h)
    await h.ready()
    for token in tokens:
        await h.records.tokens.put(token)
    h.session(V).replies = dict.fromkeys(
        ("SetDefaultTariff", "ChangeTransactionTariff", "RequestStartTransaction"), ACCEPTED
    )
    try:
        yield h
        for action, payload in h.session(V).sent:
            assert h.plugins.schemas.check_call(Call.of(action, payload, version=Version.V21)) is None
    finally:
        await h.stop()


def sent(h: Harness, action: str) -> list[dict[str, Any]]:
    return [payload for name, payload in h.session(V).sent if name == action]


async def told(h: Harness, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """What the station is answered."""
    return (await h.call(V, action, payload)).payload
