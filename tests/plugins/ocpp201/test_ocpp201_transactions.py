"""The transactions plugin: what it answers, what it writes down, what it asks by itself."""

import pytest
from ocpp201_tx_kit import CARD, TX, Sessions, at, call_of, charging, event, measured, spawned, transactions

from broker.api import Direction, Reply, StoreFailed, Token, Version
from broker.hooks import begin_record, finish_record
from broker.testing import Harness, harness
from broker.testing.table import NotKept
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.availability.plugin import Availability
from plugins.ocpp201.provisioning.plugin import Provisioning
from plugins.ocpp201.transactions.plugin import Transactions
from plugins.ocpp201.versions import V2

V = "ocpp2.0.1"
both_versions = pytest.mark.parametrize("version", V2)


def known(h, **tokens):
    h.records.tokens.configure({name: Token(id=name, **members) for name, members in tokens.items()})


async def send(h, *payloads, version=V):
    return [(await h.call(version, "TransactionEvent", payload)).payload for payload in payloads]


async def row_of(h, transaction_id=TX):
    return await h.records.transactions.get("CP001", transaction_id)


@both_versions
async def test_a_station_boots_beats_authorises_and_runs_a_transaction(version):
    h = Harness((Provisioning, {"heartbeat_interval": 60}), (Availability, {}), (Authorization, {}), (Transactions, {}))
    h.contexts.sessions = Sessions(h.session(version))
    known(h, CARD1={"parent": "FAMILY"})
    accepted = {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}}
    station = {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"}
    boot = await h.call(version, "BootNotification", station)
    assert boot.payload == {"currentTime": at(0).replace("Z", ".000Z"), "interval": 60, "status": "Accepted"}
    status = {"timestamp": at(0), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert (await h.call(version, "StatusNotification", status)).payload == {}
    assert (await h.call(version, "Authorize", {"idToken": CARD})).payload == {"idTokenInfo": accepted}
    answers = await send(h, *charging(), version=version)
    assert answers == [{}, {"idTokenInfo": accepted}, {}, {}, {}]
    tx = await row_of(h)
    assert (tx.version, tx.status, tx.parent, tx.answered_by) == (version, "Accepted", "FAMILY", "local")
    assert (tx.evse, tx.connector, tx.energy, tx.ended) == (1, 2, 5000, True)
    values = await h.records.meter_values.of_transaction("CP001", TX)
    assert [one.values[0]["sampledValue"][0]["value"] for one in values] == [1000, 3000, 6000]
    assert {(one.evse, one.connector) for one in values} == {(1, 2)}
    assert h.session(version).sent == []
    await h.stop()


async def test_without_authorization_nobody_vouches_for_a_token():
    h = harness(Transactions)
    assert await send(h, event("Started", 0, idToken=CARD)) == [{"idTokenInfo": {"status": "Unknown"}}]
    await h.stop()


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({"idToken": "", "type": "NoAuthorization"}, "Accepted"),
        ({"idToken": "BLOCKED", "type": "Central"}, "Blocked"),
        ({"idToken": "NOBODY", "type": "ISO14443"}, "Unknown"),
        ("CARD1", "Invalid"),
        ({}, "Unknown"),
    ],
)
async def test_an_event_is_answered_about_its_id_token(token, status):
    async with transactions() as h:
        known(h, BLOCKED={"status": "Blocked"})
        (answer,) = await send(h, event("Started", 0, idToken=token))
        assert answer == {"idTokenInfo": {"status": status}}
        assert (await row_of(h)).ended is False


async def test_each_transaction_counts_from_0():
    async with transactions() as h:
        for name in ("t1", "t2"):
            info = {"transactionId": name}
            assert await send(h, event("Started", 0, info=info), event("Ended", 1, info=info)) == [{}, {}]
        rows = await h.records.transactions.page(identity="CP001")
        assert [(row.transaction_id, row.details["seq"], row.ended) for row in rows] == [
            ("t1", [[0, 1]], True),
            ("t2", [[0, 1]], True),
        ]


async def test_events_in_any_order_and_repeated_leave_one_row_and_each_value_once():
    async with transactions() as h:
        known(h, CARD1={})
        started, authorized, middle, suspended, ended = charging()
        await send(h, ended, middle, started, middle, suspended, ended, authorized, authorized)
        (tx,) = await h.records.transactions.page(identity="CP001")
        assert (tx.energy, tx.token, tx.status, tx.ended) == (5000, "CARD1", "Accepted", True)
        assert len(await h.records.meter_values.of_transaction("CP001", TX)) == 3


async def test_after_a_restart_the_events_go_on_and_repeated_ones_change_nothing():
    async with transactions() as h:
        known(h, CARD1={})
        await send(h, *charging()[:3])
        before = await row_of(h)
        restarted = Harness((Authorization, {}), (Transactions, {}))
        restarted.contexts.records, restarted.records, restarted._opened = h.records, h.records, True
        await send(restarted, *charging()[:3])
        assert await row_of(h) == before
        await send(restarted, *charging()[3:])
        tx = await row_of(h)
        assert (tx.ref, tx.energy, tx.details["seq"]) == (before.ref, 5000, [[0, 4]])
        assert len(await h.records.meter_values.of_transaction("CP001", TX)) == 3
        await restarted.plugins.stop()


async def test_one_event_is_one_commit_and_a_repeated_one_none(monkeypatch):
    async with transactions() as h:
        commits, commit = [], h.records.commit

        async def counted(*changes):
            commits.append(len(changes))
            await commit(*changes)

        monkeypatch.setattr(h.records, "commit", counted)
        await send(h, charging()[0], charging()[2], charging()[2], charging()[0])
        assert commits == [1, 2]


async def test_an_event_that_cannot_be_kept_is_not_acknowledged_and_kept_when_it_comes_again(monkeypatch):
    async with transactions() as h:
        commit = h.records.commit

        async def fails(*changes):
            raise StoreFailed("disk full")

        monkeypatch.setattr(h.records, "commit", fails)
        with pytest.raises(NotKept):
            await send(h, charging()[2])
        monkeypatch.setattr(h.records, "commit", commit)
        await send(h, charging()[2])
        assert (await row_of(h)).details["chargingState"] == "Charging"
        assert len(await h.records.meter_values.of_transaction("CP001", TX)) == 1


async def test_an_event_that_cannot_look_into_the_records_is_not_acknowledged(monkeypatch):
    async with transactions() as h:

        async def fails(identity, limit):
            raise StoreFailed("no disk")

        monkeypatch.setattr(h.records.transactions, "latest_ids", fails)
        with pytest.raises(NotKept):
            await send(h, charging()[0])


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"transactionInfo": {}},
        {"transactionInfo": {"transactionId": {}}, "idToken": 5, "meterValue": "x"},
        {"eventType": 5, "seqNo": "x", "transactionInfo": {"transactionId": "t"}, "evse": [], "meterValue": {"a": 1}},
        {"transactionInfo": {"transactionId": "t", "chargingState": []}, "idToken": {"idToken": []}, "seqNo": 2**70},
    ],
)
async def test_an_event_is_taken_whatever_its_shape(payload):
    async with transactions() as h:
        (answer,) = await send(h, payload)
        assert set(answer) <= {"idTokenInfo"}


async def test_an_event_without_a_transaction_is_told_in_the_log(caplog):
    async with transactions() as h:
        await send(h, {"eventType": "Started"})
        assert "without a transactionId" in caplog.text
        assert await h.records.transactions.page() == []


# What is missing.


@both_versions
async def test_a_station_is_asked_once_for_what_is_missing_when_a_transaction_has_ended(version):
    async with transactions() as h:
        session = h.session(version)
        session.replies["GetTransactionStatus"] = Reply.result({"ongoingIndicator": False, "messagesInQueue": True})
        started, authorized, middle, suspended, ended = charging()
        await send(h, started, ended, version=version)
        await spawned()
        await send(h, authorized, ended, suspended, middle, ended, version=version)
        await spawned()
        assert session.sent == [("GetTransactionStatus", {"transactionId": TX})]
        tx = await row_of(h)
        assert (tx.details["messagesInQueue"], tx.details["ongoingIndicator"]) == (True, False)
        assert tx.details["seq"] == [[0, 4]]


async def test_an_upstream_asks_its_stations_itself():
    async with transactions() as h:
        await relayed(h, charging()[0], {})
        await relayed(h, charging()[4], {})
        await spawned()
        assert h.session(V).sent == []
        assert (await row_of(h)).details["seq"] == [[0, 0], [4, 4]]


async def relayed(h, payload, answer):
    """An event that an upstream has answered; in place of it an error where `answer` is one."""
    call = call_of(payload, answered_by="csms")
    reply = answer if isinstance(answer, Reply) else Reply.result(answer)
    chain = h.plugins.table(Version.V201).chain(Direction.FROM_STATION, "TransactionEvent")
    assert await finish_record(begin_record(chain.record, h.session(V), call, reply)) == ""


async def test_what_an_upstream_has_answered_is_kept_behind_the_message(monkeypatch):
    async with transactions() as h:
        monkeypatch.setattr(h.records, "commit", None)
        _, authorized, middle, *_ = charging()
        await relayed(h, authorized, {"idTokenInfo": {"status": "Accepted"}, "totalCost": 1.5})
        await relayed(h, middle, {})
        await relayed(h, middle, {})
        tx = await row_of(h)
        assert (tx.token, tx.status, tx.answered_by, tx.details["totalCost"]) == ("CARD1", "Accepted", "csms", 1.5)
        assert len(await h.records.meter_values.of_transaction("CP001", TX)) == 2


async def test_a_repeated_event_with_another_answer_leaves_its_meter_values_once():
    async with transactions() as h:
        known(h, CARD1={})
        authorized, started = charging()[1], charging()[0]
        await send(h, authorized, started)
        known(h, CARD1={"status": "Blocked"})
        assert await send(h, authorized) == [{"idTokenInfo": {"status": "Blocked"}}]
        assert (await row_of(h)).status == "Blocked"
        (value,) = await h.records.meter_values.of_transaction("CP001", TX)
        assert value.evse is None, "nobody had said where, when it came"


async def test_who_answered_last_is_kept():
    async with transactions() as h:
        await relayed(h, charging()[0], {})
        await send(h, charging()[3])
        assert (await row_of(h)).answered_by == "local"


async def test_what_an_upstream_did_not_take_is_not_kept():
    async with transactions() as h:
        await relayed(h, charging()[0], Reply.error("InternalError"))
        assert await row_of(h) is None


# Where an idToken is good.


async def test_an_id_token_of_other_evses_is_not_good_here():
    async with transactions() as h:
        known(h, CARD1={"evses": {"CP001": [2]}})
        here, there = {"id": 1}, {"id": 2}
        answers = await send(
            h,
            event("Started", 0, evse=here),
            event("Updated", 1, idToken=CARD, triggerReason="Authorized"),
            event("Started", 0, evse=there, idToken=CARD, info={"transactionId": "t2"}),
            event("Started", 0, idToken=CARD, info={"transactionId": "t3"}),
            event("Ended", 2, idToken=CARD),
        )
        statuses = [answer["idTokenInfo"]["status"] for answer in answers if answer]
        assert statuses == ["NotAtThisLocation", "Accepted", "Accepted", "Accepted"]


async def test_one_transaction_at_a_time_where_that_is_wanted():
    async with transactions(concurrent_tx=True) as h:
        known(h, CARD1={})
        first = event("Started", 0, evse={"id": 1}, idToken=CARD)
        other = event("Started", 0, evse={"id": 2}, idToken=CARD, info={"transactionId": "t2"})
        stop = event("Ended", 1, idToken=CARD, info={"transactionId": "t2"})
        late = event("Updated", 2, evse={"id": 2}, idToken=CARD, info={"transactionId": "t2"})
        answers = await send(h, first, first, other, stop, late, event("Ended", 1), {**other, "timestamp": at(1)})
        statuses = [answer["idTokenInfo"]["status"] for answer in answers if answer]
        assert statuses == ["Accepted", "Accepted", "ConcurrentTx", "Accepted", "Accepted", "Accepted"]


async def test_two_transactions_at_a_time_are_fine_otherwise():
    async with transactions() as h:
        known(h, CARD1={})
        for name, evse in (("t1", 1), ("t2", 2)):
            (answer,) = await send(
                h, event("Started", 0, evse={"id": evse}, idToken=CARD, info={"transactionId": name})
            )
            assert answer == {"idTokenInfo": {"status": "Accepted"}}


# What an operator asks.


@both_versions
@pytest.mark.parametrize("params", [{}, {"transactionId": TX}])
async def test_the_status_of_a_transaction_is_what_the_station_says(version, params):
    async with transactions() as h:
        session = h.session(version)
        session.replies["GetTransactionStatus"] = Reply.result(
            {"messagesInQueue": False, "customData": {"vendorId": "x"}}
        )
        assert await h.operate(version, "get-transaction-status", params) == {"messagesInQueue": False}
        assert session.sent == [("GetTransactionStatus", params)]
        assert await h.records.transactions.page() == []


async def test_what_a_station_says_of_a_transaction_is_kept_whoever_asked(monkeypatch):
    async with transactions() as h:
        await send(h, charging()[0])
        told = Reply.result({"ongoingIndicator": True, "messagesInQueue": "x"})
        await h.reply(V, "GetTransactionStatus", {"transactionId": TX}, told, direction=Direction.TO_STATION)
        assert (await row_of(h)).details["ongoingIndicator"] is True
        assert "messagesInQueue" not in (await row_of(h)).details
        await h.reply(
            V,
            "GetTransactionStatus",
            {"transactionId": TX},
            Reply.error("NotSupported"),
            direction=Direction.TO_STATION,
        )

        async def fails(identity, transaction_id):
            raise StoreFailed("no disk")

        monkeypatch.setattr(h.records.transactions, "get", fails)
        await h.reply(V, "GetTransactionStatus", {"transactionId": "other"}, told, direction=Direction.TO_STATION)


def test_every_call_of_the_block_is_owned():
    owned = {
        (str(action.version), action.name, str(action.direction)) for action in harness(Transactions).plugins.actions()
    }
    assert owned >= {
        (version, name, direction)
        for version in V2
        for name, direction in (("TransactionEvent", "from_station"), ("GetTransactionStatus", "to_station"))
    }


async def test_what_measures_only_the_power_is_kept_too():
    async with transactions() as h:
        await send(h, event("Updated", 1, meterValue=measured(1, 7000, measurand="Power.Active.Import")))
        (value,) = await h.records.meter_values.of_transaction("CP001", TX)
        assert value.values[0]["sampledValue"][0]["measurand"] == "Power.Active.Import"
        assert (await row_of(h)).meter_start is None
