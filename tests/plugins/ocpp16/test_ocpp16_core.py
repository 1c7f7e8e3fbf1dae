import pytest
from ocpp16_core_kit import BOOT, NOW, START, V, core, put_tokens

from broker.api import StoreFailed, Transaction
from broker.hooks import PluginError
from broker.testing import Harness, harness
from plugins.ocpp16.core import FROM_STATION, TO_STATION, Core
from plugins.ocpp16.starts import MAX_TRANSACTION_ID

FAMILY = {"status": "Accepted", "parentIdTag": "FAMILY"}


async def info_of(h, tag, action="Authorize"):
    payload = {"idTag": tag} if action == "Authorize" else {**START, "idTag": tag}
    return (await h.call(V, action, payload)).payload["idTagInfo"]


async def test_a_station_boots_beats_authorises_and_runs_a_transaction():
    async with core(heartbeat_interval=60) as h:
        await put_tokens(h, CARD1={"parent": "FAMILY"})
        boot = (await h.call(V, "BootNotification", BOOT)).payload
        assert boot == {"status": "Accepted", "currentTime": "2026-01-01T00:00:00.000Z", "interval": 60}
        assert (await h.call(V, "Heartbeat", {})).payload == {"currentTime": "2026-01-01T00:00:00.000Z"}
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        assert (await h.call(V, "StatusNotification", status)).payload == {}
        assert await info_of(h, "card1") == FAMILY
        started = (await h.call(V, "StartTransaction", START)).payload
        assert started["idTagInfo"] == FAMILY
        values = {"connectorId": 1, "transactionId": started["transactionId"], "meterValue": []}
        assert (await h.call(V, "MeterValues", values)).payload == {}
        stop = {"transactionId": started["transactionId"], "meterStop": 200, "timestamp": "2026-01-01T01:00:00Z"}
        assert (await h.call(V, "StopTransaction", {**stop, "idTag": "CARD1"})).payload == {"idTagInfo": FAMILY}
        (row,) = await h.records.transactions.page(identity="CP001")
        assert (row.transaction_id, row.energy, row.ended) == (str(started["transactionId"]), 100, True)


@pytest.mark.parametrize("action", ["Authorize", "StartTransaction"])
async def test_what_is_known_of_a_tag_is_said_of_it(action):
    async with core() as h:
        await put_tokens(h, STOLEN={"status": "Blocked"}, OLD={"expires": NOW - 1}, GOOD={"expires": NOW + 1})
        assert [(await info_of(h, tag, action))["status"] for tag in ("NOBODY", "STOLEN", "OLD", "GOOD")] == [
            "Invalid",
            "Blocked",
            "Expired",
            "Accepted",
        ]


async def test_unknown_tags_are_accepted_only_when_asked_for():
    async with core(accept_unknown=True) as h:
        assert await info_of(h, "NOBODY") == {"status": "Accepted"}


@pytest.mark.parametrize("again", [1, 2])
async def test_a_refused_tag_gets_a_transaction_id_all_the_same(again):
    async with core() as h:
        for number in range(again):
            reply = (await h.call(V, "StartTransaction", {**START, "idTag": "NOBODY", "meterStart": number})).payload
            assert reply["idTagInfo"] == {"status": "Invalid"}
            assert 1 <= reply["transactionId"] <= MAX_TRANSACTION_ID


async def test_a_retried_start_makes_one_transaction():
    async with core() as h:
        first = await h.call(V, "StartTransaction", START)
        assert (await h.call(V, "StartTransaction", dict(START))).payload == first.payload
        other = await h.call(V, "StartTransaction", {**START, "connectorId": 2})
        assert other.payload["transactionId"] != first.payload["transactionId"]
        assert len(await h.records.transactions.page(identity="CP001")) == 2


async def test_a_start_that_is_retried_after_a_restart_keeps_its_transaction():
    async with core() as h:
        first = (await h.call(V, "StartTransaction", START)).payload
        restarted = Harness((Core, {}))
        restarted.contexts.records = h.records
        restarted._opened = True
        again = (await restarted.call(V, "StartTransaction", START)).payload
        fresh = (await restarted.call(V, "StartTransaction", {**START, "meterStart": 101})).payload
        await restarted.plugins.stop()
        assert again == first
        assert fresh["transactionId"] != first["transactionId"]


async def test_the_running_transactions_of_a_station_are_read_once(monkeypatch):
    async with core() as h:
        reads = []
        read = h.records.transactions.open_of

        async def counted(identity):
            reads.append(identity)
            return await read(identity)

        monkeypatch.setattr(h.records.transactions, "open_of", counted)
        for number in range(3):
            await h.call(V, "StartTransaction", {**START, "meterStart": number})
        assert reads == ["CP001"]


@pytest.mark.parametrize("transaction", [-1, 0, 2**63 - 1, 424242, "17", None, {}])
async def test_a_stop_is_taken_whatever_its_transaction(transaction):
    async with core() as h:
        stop = {"transactionId": transaction, "meterStop": 10, "timestamp": "2020-01-01T00:00:00Z"}
        assert (await h.call(V, "StopTransaction", stop)).payload == {}
        assert (await h.call(V, "StopTransaction", stop)).payload == {}
        (row,) = await h.records.transactions.page(identity="CP001")
        assert (row.ended, row.meter_stop, row.started_at) == (True, 10, None)


async def test_a_stop_is_answered_about_its_tag_if_it_names_one():
    async with core() as h:
        stop = {"transactionId": 5, "meterStop": 10, "timestamp": "2026-01-01T00:00:00Z", "reason": "DeAuthorized"}
        assert (await h.call(V, "StopTransaction", stop)).payload == {}
        for _ in range(2):  # read, then remembered
            reply = await h.call(V, "StopTransaction", {**stop, "idTag": "NOBODY"})
            assert reply.payload == {"idTagInfo": {"status": "Invalid"}}


async def test_a_transaction_message_is_answered_whatever_its_shape():
    async with core(concurrent_tx=True, accept_unknown=True) as h:
        odd = {"connectorId": [], "idTag": {}, "meterStart": 2**70, "timestamp": [], "reservationId": "x"}
        for payload in (odd, {}, {**odd, "idTag": "\ud800", "connectorId": 2**80}, {"idTag": "x" * 5000}):
            assert (await h.call(V, "StartTransaction", payload)).payload["transactionId"] >= 1
        for payload in ({}, {"transactionData": {"a": [1.5]}}, {"transactionId": 2**70, "meterStop": "x"}):
            assert (await h.call(V, "StopTransaction", payload)).payload == {}
        for payload in ({}, {"transactionId": "x", "connectorId": {}}, {"transactionId": -1, "meterValue": "x"}):
            assert (await h.call(V, "MeterValues", payload)).payload == {}


async def test_one_transaction_at_a_time_where_that_is_wanted():
    async with core(concurrent_tx=True) as h:
        await put_tokens(h, CARD1={"parent": "FAMILY"})
        first = (await h.call(V, "StartTransaction", START)).payload
        assert first["idTagInfo"] == FAMILY
        elsewhere = (await h.call(V, "StartTransaction", {**START, "connectorId": 2})).payload
        assert elsewhere["idTagInfo"] == {"status": "ConcurrentTx", "parentIdTag": "FAMILY"}
        assert elsewhere["transactionId"] not in (0, first["transactionId"])
        assert (await h.call(V, "StartTransaction", START)).payload == first, "a retry is no second one"
        assert await info_of(h, "CARD1") == FAMILY, "who charges must be able to stop"


async def test_what_is_known_against_a_tag_is_said_before_that_it_charges_elsewhere():
    async with core(concurrent_tx=True) as h:
        await put_tokens(h, CARD1={})
        await h.call(V, "StartTransaction", START)
        await put_tokens(h, CARD1={"status": "Blocked"})
        elsewhere = (await h.call(V, "StartTransaction", {**START, "connectorId": 2})).payload
        assert elsewhere["idTagInfo"]["status"] == "Blocked"


async def test_two_transactions_at_a_time_are_fine_otherwise():
    async with core() as h:
        await put_tokens(h, CARD1={})
        other = Transaction(
            identity="CP2", transaction_id="7", version=V, evse=1, connector=1, token="CARD1", status="Accepted"
        )
        await h.records.commit(h.records.transactions.started(other))
        for number in (1, 2):
            reply = (await h.call(V, "StartTransaction", {**START, "connectorId": number})).payload
            assert reply["idTagInfo"] == {"status": "Accepted"}


async def test_a_start_that_cannot_look_into_the_records_is_not_answered(monkeypatch):
    async with core() as h:

        async def fails(identity):
            raise StoreFailed("no disk")

        monkeypatch.setattr(h.records.transactions, "open_of", fails)
        with pytest.raises(StoreFailed):
            await h.call(V, "StartTransaction", START)


def test_every_call_of_the_profile_is_owned():
    owned = {
        (action.name, str(action.direction)) for action in harness(Core).plugins.actions() if action.profile == "Core"
    }
    assert owned == {(name, "from_station") for name in FROM_STATION} | {(name, "to_station") for name in TO_STATION}
    assert len(owned) == 17


@pytest.mark.parametrize(
    "options", [{"heartbeat_interval": 0}, {"retry_interval": 0}, {"tokens": {}}, {"concurrent_tx": "often"}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(PluginError, match=r"plugins\[0\]\.ocpp16\.core"):
        harness(Core, **options)
