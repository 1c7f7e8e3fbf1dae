import json
import logging

import pytest
from ocpp16_core_kit import NOW, START, V, core

from broker.api import Direction, Reply, StoreFailed

STATUS = {"connectorId": 2, "errorCode": "NoError", "status": "Available", "timestamp": "2026-01-01T00:00:05Z"}
STOP = {"transactionId": 5, "meterStop": 200, "timestamp": "2026-01-01T01:00:00Z", "idTag": "CARD2"}
VALUE = {"timestamp": "2026-01-01T00:00:10Z", "sampledValue": [{"value": "150"}]}
STARTED = Reply.result({"transactionId": 5, "idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}})
OK = Reply.result({})


async def started(h, payload=START, reply=STARTED):
    await h.reply(V, "StartTransaction", payload, reply)


async def stopped(h, **more):
    await h.reply(V, "StopTransaction", {**STOP, **more}, OK)


async def rows(h):
    return await h.records.transactions.page(identity="CP001")


async def test_a_status_is_kept_by_connector():
    async with core() as h:
        full = {**STATUS, "info": "I", "vendorId": "V", "vendorErrorCode": "E"}
        await h.call(V, "StatusNotification", full)
        await h.call(V, "StatusNotification", {**STATUS, "connectorId": 0})
        station, one = sorted(await h.records.connectors.of("CP001"), key=lambda row: row.evse)
        assert (station.evse, station.connector) == (0, 0)
        assert (one.evse, one.connector, one.status, one.error_code) == (2, 1, "Available", "NoError")
        assert (one.info, one.vendor_id, one.vendor_error_code) == ("I", "V", "E")
        assert (one.at, one.changed_at) == (NOW + 5, NOW)


async def test_a_station_cannot_fill_the_memory_with_connectors_and_texts():
    async with core() as h:
        for number in range(1001):
            await h.reply(V, "StatusNotification", {**STATUS, "connectorId": number, "info": "x" * 2000}, OK)
        known = await h.records.connectors.of("CP001")
        assert (len(known), known[-1].evse, len(known[-1].info)) == (1000, 999, 1000)
        assert max(len(str(facts)) for facts in h.session(V).state["ocpp16.core"].statuses.values()) < 1500
        h.session(V).state.clear()
        for number in (1001, 7):
            await h.reply(V, "StatusNotification", {**STATUS, "connectorId": number, "status": "Faulted"}, OK)
        faulted = [row.evse for row in await h.records.connectors.of("CP001") if row.status == "Faulted"]
        assert faulted == [7], "of those that are known it is heard still"


@pytest.mark.parametrize(
    "other", [{"status": "Charging"}, {"errorCode": "GroundFailure"}, {"info": "x"}, {"vendorErrorCode": "x"}]
)
async def test_a_status_is_written_when_it_is_another_one(other):
    async with core() as h:
        await h.call(V, "StatusNotification", STATUS)
        h.clock.advance(10)
        await h.call(V, "StatusNotification", {**STATUS, "timestamp": "2026-01-01T00:00:15Z"})
        (row,) = await h.records.connectors.of("CP001")
        assert row.changed_at == NOW, "the same again is no change"
        await h.call(V, "StatusNotification", {**STATUS, **other})
        (row,) = await h.records.connectors.of("CP001")
        assert row.changed_at == NOW + 10


async def test_what_a_station_repeats_on_its_next_connection_is_no_change():
    async with core() as h:
        await h.call(V, "StatusNotification", STATUS)
        h.clock.advance(10)
        h.session(V).state.clear()
        await h.call(V, "StatusNotification", STATUS)
        assert [row.changed_at for row in await h.records.connectors.of("CP001")] == [NOW]
        await h.call(V, "StatusNotification", {**STATUS, "status": "Faulted"})
        assert [row.status for row in await h.records.connectors.of("CP001")] == ["Faulted"]


async def test_a_status_is_taken_where_the_records_cannot_be_read(monkeypatch):
    async with core() as h:

        async def fails(identity):
            raise StoreFailed("no disk")

        with monkeypatch.context() as patch:
            patch.setattr(h.records.connectors, "of", fails)
            assert (await h.call(V, "StatusNotification", STATUS)).payload == {}
        assert len(await h.records.connectors.of("CP001")) == 1


async def test_a_start_is_kept_with_all_that_was_said():
    async with core() as h:
        await started(h, {**START, "reservationId": 3})
        (row,) = await rows(h)
        assert (row.transaction_id, row.version, row.evse, row.connector) == ("5", V, 1, 1)
        assert (row.token, row.parent, row.status, row.reservation_id) == ("CARD1", "FAMILY", "Accepted", 3)
        assert (row.started_at, row.meter_start, row.received_at) == (NOW, 100, NOW)
        assert (row.answered_by, row.ended, row.energy) == ("local", False, None)


async def test_a_start_that_is_sent_again_makes_no_second_row():
    async with core() as h:
        await started(h)
        await started(h)
        assert len(await rows(h)) == 1


async def test_another_start_under_the_same_number_loses_nothing():
    async with core() as h:
        await started(h)
        await started(h, {**START, "meterStart": 500})
        assert [row.meter_start for row in await rows(h)] == [100, 500]


@pytest.mark.parametrize(
    "reply", [Reply.error("InternalError"), Reply.result({}), Reply.result({"transactionId": "x"})]
)
async def test_a_start_that_got_no_number_is_no_transaction(reply):
    async with core() as h:
        await started(h, reply=reply)
        assert await rows(h) == []


async def test_the_number_that_the_station_was_told_is_the_one_of_a_retry():
    async with core() as h:
        await h.call(V, "StartTransaction", START)
        await started(h)
        assert (await h.call(V, "StartTransaction", START)).payload["transactionId"] == 5


async def test_a_stop_ends_its_transaction():
    async with core() as h:
        await started(h)
        await stopped(h, reason="Remote")
        await stopped(h, reason="Remote")
        (row,) = await rows(h)
        assert (row.ended, row.meter_stop, row.stopped_at, row.energy) == (True, 200, NOW + 3600, 100)
        assert (row.stop_reason, row.stop_token, row.token) == ("Remote", "CARD2", "CARD1")


async def test_fractions_of_a_watt_hour_do_not_cost_the_reading():
    """field-notes Q-20: a type error is never the reason that a transaction is not stored."""
    async with core() as h:
        await started(h, {**START, "meterStart": 100.4})
        await stopped(h, meterStop="200.6")
        (row,) = await rows(h)
        assert (row.meter_start, row.meter_stop, row.energy) == (100, 201, 101)


async def test_a_stop_without_a_reason_is_a_local_one():
    async with core() as h:
        await stopped(h)
        assert [row.stop_reason for row in await rows(h)] == ["Local"]


async def test_stops_of_transactions_that_never_got_a_number_are_kept_each():
    async with core() as h:
        await stopped(h, transactionId=-1)
        await stopped(h, transactionId=-1)
        await stopped(h, transactionId=-1, timestamp="2026-01-01T02:00:00Z")
        assert [(row.transaction_id, row.ended) for row in await rows(h)] == [("-1", True)] * 2


async def test_the_data_of_a_transaction_are_meter_values():
    async with core() as h:
        await started(h)
        await stopped(h, transactionData=[VALUE, {**VALUE, "timestamp": "2026-01-01T01:00:00Z"}])
        await stopped(h, transactionData=[VALUE, {**VALUE, "timestamp": "2026-01-01T01:00:00Z"}])
        (row,) = await h.records.meter_values.of_transaction("CP001", "5")
        assert [value["timestamp"] for value in row.values] == ["2026-01-01T00:00:10Z", "2026-01-01T01:00:00Z"]
        assert row.values[0]["sampledValue"][0]["value"] == 150


async def test_meter_values_are_kept_with_their_transaction_and_once():
    async with core() as h:
        metered = {"connectorId": 2, "transactionId": 5, "meterValue": [VALUE]}
        await h.call(V, "MeterValues", metered)
        await h.call(V, "MeterValues", metered)
        (row,) = await h.records.meter_values.of_transaction("CP001", "5")
        assert (row.evse, row.connector, row.received_at) == (2, 1, NOW)
        assert row.values[0]["sampledValue"][0]["value"] == 150


@pytest.mark.parametrize("odd", ["5", 5.0])
async def test_a_number_in_another_type_is_the_same_transaction(odd):
    async with core() as h:
        await h.call(V, "MeterValues", {"connectorId": "2", "transactionId": odd, "meterValue": [VALUE]})
        (row,) = await h.records.meter_values.of_transaction("CP001", "5")
        assert row.evse == 2


async def test_meter_values_of_no_transaction_are_the_latest_of_their_connector():
    async with core() as h:
        await h.call(V, "MeterValues", {"connectorId": 0, "meterValue": [VALUE]})
        (row,) = await h.records.meter_values.latest("CP001")
        assert (row.evse, row.connector, row.transaction_id) == (0, 0, None)


@pytest.mark.parametrize("action", ["StatusNotification", "MeterValues", "StopTransaction"])
async def test_what_was_refused_leaves_nothing(action):
    async with core() as h:
        payload = {**STATUS, **STOP, "meterValue": [VALUE]}
        await h.reply(V, action, payload, Reply.error("SecurityError"))
        assert await h.records.connectors.of("CP001") == []
        assert await rows(h) == []
        assert await h.records.meter_values.latest("CP001") == []


TRANSACTION = [
    ("StartTransaction", START, STARTED),
    ("StopTransaction", STOP, OK),
    ("MeterValues", {"connectorId": 1, "transactionId": 5, "meterValue": [VALUE]}, OK),
]


@pytest.mark.parametrize(("action", "payload", "reply"), TRANSACTION)
async def test_a_transaction_message_that_cannot_be_kept_is_not_acknowledged(action, payload, reply, monkeypatch):
    async with core() as h:

        async def full(*changes):
            raise StoreFailed("disk full")

        monkeypatch.setattr(h.records, "commit", full)
        with pytest.raises(Exception, match="disk full"):
            await h.reply(V, action, payload, reply)


@pytest.mark.parametrize(
    ("action", "payload", "reply"),
    [*TRANSACTION, ("StatusNotification", STATUS, OK), ("MeterValues", {"connectorId": 1, "meterValue": [VALUE]}, OK)],
)
async def test_nobody_waits_for_what_an_upstream_has_answered(action, payload, reply, monkeypatch):
    async with core() as h:
        committed, later = [], []

        async def commit(*changes):
            committed.extend(changes)

        monkeypatch.setattr(h.records, "commit", commit)
        monkeypatch.setattr(h.records, "later", lambda *changes: later.extend(changes))
        h.session(V).answers = "csms"
        await h.reply(V, action, payload, reply)
        assert committed == []
        assert len(later) == 1


async def test_nobody_waits_for_meter_values_of_no_transaction(monkeypatch):
    async with core() as h:

        async def full(*changes):
            raise StoreFailed("disk full")

        monkeypatch.setattr(h.records, "commit", full)
        await h.reply(V, "MeterValues", {"connectorId": 1, "meterValue": [VALUE]}, OK)
        assert len(await h.records.meter_values.latest("CP001")) == 1


async def test_an_upstreams_transaction_is_kept_under_its_name():
    async with core() as h:
        h.session(V).answers = "csms"
        await started(h)
        await stopped(h)
        (row,) = await rows(h)
        assert (row.answered_by, row.ended) == ("csms", True)


async def configured(h, payload, told, action="GetConfiguration"):
    await h.reply(V, action, payload, Reply.result(told), direction=Direction.TO_STATION)


async def keys(h):
    return {row.variable: row for row in await h.records.variables.of("CP001")}


async def test_the_keys_of_a_station_are_kept_whoever_asked(caplog):
    caplog.set_level(logging.INFO)
    async with core() as h:
        told = [
            {"key": "A", "readonly": True, "value": "s1"},
            {"key": "AuthorizationKey", "readonly": False, "value": "k"},
        ]
        await configured(h, {}, {"configurationKey": told})
        assert {name: (row.value, row.readonly) for name, row in (await keys(h)).items()} == {
            "A": ("s1", True),
            "AuthorizationKey": (None, False),
        }
        assert "has changed" not in caplog.text
        h.clock.advance(5)
        await configured(
            h, {"key": ["A", "B"]}, {"configurationKey": [{**told[0], "value": "s2"}], "unknownKey": ["B"]}
        )
        row = (await keys(h))["A"]
        assert (row.value, row.previous, row.changed_at) == ("s2", "s1", NOW + 5)
        assert "CP001: its configuration has changed: A" in caplog.text
        assert "s2" not in caplog.text


async def test_a_key_that_is_gone_is_forgotten():
    async with core() as h:
        await configured(h, {}, {"configurationKey": [{"key": key, "readonly": False} for key in ("A", "B", "C")]})
        await configured(h, {"key": ["C"]}, {"unknownKey": ["C"]})
        await configured(h, {"key": ["B"]}, {"configurationKey": [{"key": "B", "readonly": False}]})
        assert set(await keys(h)) == {"A", "B"}
        await configured(h, {}, {"configurationKey": [{"key": "A", "readonly": False}]})
        assert set(await keys(h)) == {"A"}


@pytest.mark.parametrize("status", ["Accepted", "RebootRequired"])
async def test_a_key_that_was_changed_is_kept(status):
    async with core() as h:
        await configured(h, {}, {"configurationKey": [{"key": "Interval", "readonly": False, "value": "1"}]})
        change = {"key": "interval", "value": "2"}
        await configured(h, change, {"status": status}, "ChangeConfiguration")
        row = (await keys(h))["Interval"]
        assert (row.value, row.previous) == ("2", "1")


@pytest.mark.parametrize("status", ["Rejected", "NotSupported", None])
async def test_a_key_that_was_not_changed_is_not_touched(status):
    async with core() as h:
        await configured(h, {"key": "Interval", "value": "2"}, {"status": status}, "ChangeConfiguration")
        assert await keys(h) == {}


async def test_a_key_to_log_in_with_is_never_kept_and_never_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with core() as h:
        change = {"key": "AuthorizationKey", "value": "0123456789abcdef"}
        await configured(h, change, {"status": "Accepted"}, "ChangeConfiguration")
        assert (await keys(h))["AuthorizationKey"].value is None
        assert "0123456789abcdef" not in caplog.text


@pytest.mark.parametrize("action", ["GetConfiguration", "ChangeConfiguration"])
async def test_a_configuration_that_cannot_be_read_or_was_refused_hurts_nobody(action, monkeypatch):
    async with core() as h:

        async def fails(identity):
            raise StoreFailed("no disk")

        await h.reply(V, action, {"key": "A", "value": "1"}, Reply.error("X"), direction=Direction.TO_STATION)
        assert await keys(h) == {}
        with monkeypatch.context() as patch:
            patch.setattr(h.records.variables, "of", fails)
            told = {"status": "Accepted", "configurationKey": [{"key": "A", "readonly": False, "value": "1"}]}
            await configured(h, {"key": "A", "value": "1"}, told, action)
        assert {name: row.value for name, row in (await keys(h)).items()} == {"A": "1"}


async def test_meter_values_keep_the_digits_that_they_had():
    async with core() as h:
        raw = json.loads('{"timestamp": "2026-01-01T00:00:10Z", "sampledValue": [{"value": "1.50"}]}')
        await stopped(h, transactionData=[raw])
        (row,) = await h.records.meter_values.of_transaction("CP001", "5")
        assert row.values[0]["sampledValue"][0]["value"] == 1.5
