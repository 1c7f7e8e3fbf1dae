"""Transactions of 2.0.1 and 2.1, and a whole charging session against the local CSMS."""

import pytest

from broker.api import Token
from broker.testing import Harness, harness
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.availability.plugin import Availability
from plugins.ocpp201.provisioning.plugin import Provisioning
from plugins.ocpp201.transactions.plugin import Transactions

pytestmark = pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])

ACCEPTED = {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}}
CARD = {"idToken": "card1", "type": "ISO14443"}
EVENT = {
    "eventType": "Started",
    "timestamp": "2026-01-01T00:00:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "t1"},
}


async def test_a_station_boots_beats_authorises_and_runs_a_transaction(version):
    h = Harness(
        (Provisioning, {"heartbeat_interval": 60}),
        (Availability, {}),
        (Authorization, {}),
        (Transactions, {}),
    )
    h.records.tokens.configure({"CARD1": Token(id="CARD1", status="Accepted", parent="FAMILY")})
    station = {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"}
    boot = await h.call(version, "BootNotification", station)
    assert boot.payload == {"currentTime": "2026-01-01T00:00:00.000Z", "interval": 60, "status": "Accepted"}
    assert (await h.call(version, "Heartbeat", {})).payload == {"currentTime": "2026-01-01T00:00:00.000Z"}
    status = {"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert (await h.call(version, "StatusNotification", status)).payload == {}
    assert (await h.call(version, "NotifyReport", {})).payload == {}
    assert (await h.call(version, "Authorize", {"idToken": CARD})).payload == {"idTokenInfo": ACCEPTED}
    assert (await h.call(version, "TransactionEvent", {**EVENT, "idToken": CARD})).payload == {"idTokenInfo": ACCEPTED}
    assert (await h.call(version, "TransactionEvent", {**EVENT, "eventType": "Ended"})).payload == {}
    await h.stop()


async def test_without_authorization_nobody_vouches_for_a_token(version):
    h = harness(Transactions)
    reply = await h.call(version, "TransactionEvent", {**EVENT, "idToken": CARD})
    assert reply.payload == {"idTokenInfo": {"status": "Unknown"}}
    await h.stop()
