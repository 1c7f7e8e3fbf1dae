"""Bidirectional power transfer: what EVs may have, and AFRR signals."""

from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from pydantic import ValidationError

from broker.api import BasePlugin, Direction, OperationFailed, Reply, Transaction, answer
from broker.testing import Harness
from plugins.ocpp21.bidirectional.plugin import Bidirectional
from plugins.ocpp201.smart_charging.plugin import SmartCharging

V = "ocpp2.1"
ID = "CP001"
ACCEPTED = Reply.result({"status": "Accepted"})
AUTHORIZE = {"idToken": {"idToken": "CARD", "type": "ISO14443"}}
CHARGE = ["AC_three_phase", "DC"]
BPT = {"requestedEnergyTransfer": "DC_BPT", "v2xChargingParameters": {"maxChargePower": 11_000.0}}


class Authorization(BasePlugin):
    """What answers Authorize."""

    name = "authorization"
    found: ClassVar = {"idTokenInfo": {"status": "Accepted"}}

    @answer(V, "Authorize")
    def authorize(self, session, call):
        return Authorization.found


@asynccontextmanager
async def started(*more, **config):
    h = Harness((Bidirectional, config), *((each, {}) for each in more))
    for action in ("AFRRSignal", "NotifyAllowedEnergyTransfer", "SetChargingProfile"):
        h.session(V).replies[action] = ACCEPTED
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


def runs(h, transaction="tx1", evse=1):
    row = Transaction(identity=ID, transaction_id=transaction, version=V, evse=evse, started_at=0.0)
    h.records.later(h.records.transactions.put(row))


async def needs(h, told=BPT):
    return (await h.call(V, "NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": told})).payload["status"]


async def authorized(h):
    return (await h.call(V, "Authorize", AUTHORIZE)).payload


async def test_what_an_ev_may_have_is_told_with_its_authorization():
    """Q_107."""
    async with started(Authorization, energy_transfer=CHARGE) as h:
        Authorization.found = {"idTokenInfo": {"status": "Accepted"}}
        assert await authorized(h) == {"idTokenInfo": {"status": "Accepted"}, "allowedEnergyTransfer": CHARGE}


@pytest.mark.parametrize(
    "found",
    [
        {"idTokenInfo": {"status": "Blocked"}},
        {"idTokenInfo": {"status": "Accepted"}, "allowedEnergyTransfer": ["DC"]},
    ],
)
async def test_what_another_has_said_stays(found):
    async with started(Authorization, energy_transfer=CHARGE) as h:
        Authorization.found = found
        assert await authorized(h) == found


@pytest.mark.parametrize("config", [{}, {"energy_transfer": []}])
async def test_without_the_option_nothing_is_told(config):
    """Q_102."""
    async with started(Authorization, **config) as h:
        Authorization.found = {"idTokenInfo": {"status": "Accepted"}}
        assert await authorized(h) == Authorization.found


async def test_the_answer_of_an_upstream_stays_as_it_is():
    async with started(energy_transfer=CHARGE) as h:
        h.session(V).answers = "upstream"
        reply = Reply.result({"idTokenInfo": {"status": "Accepted"}})
        assert (await h.reply(V, "Authorize", AUTHORIZE, reply)).payload == reply.payload


async def test_an_error_stays_an_error():
    async with started(energy_transfer=CHARGE) as h:
        assert not (await h.reply(V, "Authorize", AUTHORIZE, Reply.error("InternalError", ""))).is_result
        odd = Reply.result({"idTokenInfo": 7})
        assert (await h.reply(V, "Authorize", AUTHORIZE, odd)).payload == {"idTokenInfo": 7}


async def test_needs_that_are_not_allowed_are_rejected_until_they_are():
    """Q_103, Q_107."""
    async with started(SmartCharging, energy_transfer=CHARGE) as h:
        runs(h)
        assert await needs(h) == "Rejected"
        result = await h.operate(V, "allow-energy-transfer", {"allowedEnergyTransfer": [*CHARGE, "DC_BPT"]})
        payload = {"transactionId": "tx1", "allowedEnergyTransfer": [*CHARGE, "DC_BPT"]}
        assert result == {"status": "Accepted", **payload}
        assert ("NotifyAllowedEnergyTransfer", payload) in h.session(V).sent
        assert await needs(h) == "Accepted"
        await h.operate(V, "allow-energy-transfer", {"transactionId": "tx1", "allowedEnergyTransfer": "DC"})
        assert await needs(h) == "Rejected"


async def test_without_the_option_everything_is_allowed():
    async with started(SmartCharging) as h:
        runs(h)
        assert await needs(h) == "Accepted"


async def test_what_a_station_refuses_is_not_allowed():
    async with started(SmartCharging, energy_transfer=CHARGE) as h:
        runs(h)
        h.session(V).replies["NotifyAllowedEnergyTransfer"] = Reply.result({"status": "Rejected"})
        result = await h.operate(V, "allow-energy-transfer", {"allowedEnergyTransfer": ["DC_BPT"]})
        assert result["status"] == "Rejected"
        assert await needs(h) == "Rejected"


async def test_which_transaction_has_to_be_clear():
    async with started() as h:
        with pytest.raises(OperationFailed, match="none is known"):
            await h.operate(V, "allow-energy-transfer", {"allowedEnergyTransfer": ["DC"]})
        runs(h)
        runs(h, "tx2", 2)
        with pytest.raises(OperationFailed, match="several run"):
            await h.operate(V, "allow-energy-transfer", {"allowedEnergyTransfer": ["DC"]})
        result = await h.operate(V, "allow-energy-transfer", {"evseId": 2, "allowedEnergyTransfer": ["DC"]})
        assert result["transactionId"] == "tx2"


async def test_odd_calls_of_others_are_taken_and_bounded():
    async with started() as h:
        for payload in ({}, {"transactionId": 7}, {"transactionId": "tx", "allowedEnergyTransfer": "DC"}):
            await h.reply(V, "NotifyAllowedEnergyTransfer", payload, ACCEPTED, direction=Direction.TO_STATION)
        for number in range(150):
            payload = {"transactionId": f"tx{number}", "allowedEnergyTransfer": ["DC"]}
            await h.reply(V, "NotifyAllowedEnergyTransfer", payload, ACCEPTED, direction=Direction.TO_STATION)
        assert len(await h.records.documents.get("ocpp21.bidirectional", ID, "allowed")) == 100


async def test_an_afrr_signal_is_from_now_on_unless_said():
    """Q_120."""
    async with started() as h:
        result = await h.operate(V, "afrr-signal", {"signal": -20})
        assert result == {"status": "Accepted", "timestamp": "2026-01-01T00:00:00Z", "signal": -20}
        await h.operate(V, "afrr-signal", {"signal": 1, "timestamp": "2026-01-01T00:00:05Z"})
        assert [payload["timestamp"] for _, payload in h.session(V).sent] == [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:05Z",
        ]
        with pytest.raises(ValidationError):
            await h.operate(V, "afrr-signal", {})


def test_an_unknown_energy_transfer_is_an_error() -> None:
    with pytest.raises(ValidationError):
        Bidirectional.Config(energy_transfer=["Magic"])
