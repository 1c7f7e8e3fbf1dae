import pytest

from broker.hooks import PluginError
from broker.testing import harness
from plugins.ocpp16 import core
from plugins.ocpp16.core import Core

V = "ocpp1.6"
TOKENS = {
    "CARD1": {"status": "Accepted", "parent": "FAMILY"},
    "LATER": {"expires": "2026-01-01T00:00:10Z"},
    "STOLEN": {"status": "Blocked"},
}
START = {"connectorId": 1, "idTag": "CARD1", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}


async def test_a_station_boots_beats_authorises_and_runs_a_transaction():
    h = harness(Core, tokens=TOKENS, heartbeat_interval=60)
    boot = await h.call(V, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    assert boot.payload == {"status": "Accepted", "currentTime": "2026-01-01T00:00:00.000Z", "interval": 60}
    assert (await h.call(V, "Heartbeat", {})).payload == {"currentTime": "2026-01-01T00:00:00.000Z"}
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    assert (await h.call(V, "StatusNotification", status)).payload == {}
    accepted = {"status": "Accepted", "parentIdTag": "FAMILY"}
    assert (await h.call(V, "Authorize", {"idTag": "card1"})).payload == {"idTagInfo": accepted}
    started = (await h.call(V, "StartTransaction", START)).payload
    assert started["idTagInfo"] == accepted
    values = {"connectorId": 1, "transactionId": started["transactionId"], "meterValue": []}
    assert (await h.call(V, "MeterValues", values)).payload == {}
    stop = {"transactionId": started["transactionId"], "meterStop": 10, "timestamp": "2026-01-01T01:00:00Z"}
    assert (await h.call(V, "StopTransaction", stop)).payload == {}
    assert (await h.call(V, "StopTransaction", {**stop, "idTag": "CARD1"})).payload == {"idTagInfo": accepted}


@pytest.mark.parametrize(("tag", "status"), [("NOBODY", "Invalid"), ("STOLEN", "Blocked"), ("LATER", "Accepted")])
async def test_what_is_known_of_a_tag(tag, status):
    reply = await harness(Core, tokens=TOKENS).call(V, "Authorize", {"idTag": tag})
    assert reply.payload["idTagInfo"]["status"] == status


async def test_a_tag_expires():
    h = harness(Core, tokens=TOKENS)
    h.clock.advance(10)
    reply = await h.call(V, "Authorize", {"idTag": "LATER"})
    assert reply.payload["idTagInfo"] == {"status": "Expired", "expiryDate": "2026-01-01T00:00:10Z"}


async def test_unknown_tags_are_accepted_only_when_asked_for():
    h = harness(Core, accept_unknown=True)
    assert (await h.call(V, "Authorize", {"idTag": "NOBODY"})).payload["idTagInfo"]["status"] == "Accepted"
    assert (await h.call(V, "Authorize", {"idTag": 5})).payload["idTagInfo"]["status"] == "Invalid"


async def test_a_refused_tag_gets_a_transaction_id_all_the_same():
    reply = await harness(Core).call(V, "StartTransaction", {**START, "idTag": "NOBODY"})
    assert reply.payload["idTagInfo"] == {"status": "Invalid"}
    assert 1 <= reply.payload["transactionId"] <= 2**31 - 1


async def test_a_retried_start_makes_one_transaction():
    h = harness(Core, tokens=TOKENS)
    first = await h.call(V, "StartTransaction", START)
    assert (await h.call(V, "StartTransaction", dict(START))).payload == first.payload
    other = await h.call(V, "StartTransaction", {**START, "connectorId": 2})
    assert other.payload["transactionId"] != first.payload["transactionId"]


async def test_a_transaction_message_is_answered_whatever_its_shape():
    h = harness(Core)
    assert (await h.call(V, "StartTransaction", {"connectorId": [], "idTag": {}})).payload["transactionId"] >= 1
    assert (await h.call(V, "StopTransaction", {})).payload == {}


async def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(core, "REMEMBERED", 2)
    h = harness(Core)
    ids = [(await h.call(V, "StartTransaction", {**START, "meterStart": n})).payload for n in (1, 2, 3, 3, 1)]
    assert ids[2] == ids[3]
    assert ids[0]["transactionId"] != ids[4]["transactionId"]


async def test_no_vendor_is_known():
    assert (await harness(Core).call(V, "DataTransfer", {"vendorId": "X"})).payload == {"status": "UnknownVendorId"}


@pytest.mark.parametrize("options", [{"heartbeat_interval": 0}, {"tokens": {"A": {"status": "Fine"}}}, {"tags": {}}])
def test_wrong_options_are_refused(options):
    with pytest.raises(PluginError, match=r"plugins\[0\]\.ocpp16\.core"):
        harness(Core, **options)


def test_tokens_are_not_shown():
    (row,) = harness(Core, tokens=TOKENS).plugins.describe()
    assert "CARD1" not in str(row)
