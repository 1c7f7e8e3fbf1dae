"""OCPP 2.x events: kept, counted, and told to whoever follows them."""

import pytest
from ocpp201_diagnostics_kit import AT, EVSE, ID, V21, Others, V, started

from broker.api import StoreFailed, Variable
from plugins.ocpp201.versions import V2

NOW = 1_767_225_600.0
EVENT = {
    "eventId": 1,
    "timestamp": AT,
    "trigger": "Alerting",
    "actualValue": "22.5",
    "component": EVSE,
    "variable": {"name": "Power"},
    "eventNotificationType": "HardWiredMonitor",
}


@pytest.fixture
async def h():
    async with started(Others) as one:
        yield one


async def _notify(h, *events, version=V, **more):
    payload = {"generatedAt": AT, "seqNo": 0, "eventData": [*events], **more}
    assert (await h.call(version, "NotifyEvent", payload)).payload == {}


def _count(h, trigger):
    return h.contexts.registry.get_sample_value(
        "switchboard_plugin_ocpp201_diagnostics_events_total", {"trigger": trigger}
    )


@pytest.mark.parametrize("version", V2)
async def test_an_event_is_kept(h, version):
    """N_21."""
    await _notify(h, EVENT, version=version)
    (row,) = await h.records.events.page()
    assert (row.identity, row.component, row.variable, row.value) == (ID, "EVSE@1", "Power", "22.5")
    assert (row.at, row.received_at) == (NOW, NOW)
    assert row.details == {"eventId": 1, "trigger": "Alerting", "eventNotificationType": "HardWiredMonitor"}


@pytest.mark.parametrize(
    "event",
    [
        {**EVENT, "trigger": "Periodic", "variableMonitoringId": 3},  # N_24, N_50
        {**EVENT, "cleared": True, "techCode": "E1", "techInfo": "over", "cause": 1, "transactionId": "T1"},  # N_49
        {**EVENT, "severity": 3, "customData": {"vendorId": "com.example"}},
    ],
)
async def test_all_that_was_said_is_kept(h, event):
    await _notify(h, event, version=V21)
    (row,) = await h.records.events.page()
    members = ("timestamp", "actualValue", "component", "variable")
    assert row.details == {name: value for name, value in event.items() if name not in members}


async def test_several_events_of_several_parts(h):
    await _notify(h, EVENT, {**EVENT, "eventId": 2}, tbc=True)
    await _notify(h, {**EVENT, "eventId": 3}, seqNo=1)
    assert [row.details["eventId"] for row in await h.records.events.page()] == [1, 2, 3]


async def test_a_repetition_adds_nothing(h):
    await _notify(h, EVENT)
    await _notify(h, EVENT)
    assert len(await h.records.events.page()) == 1


@pytest.mark.parametrize("name", ["BasicAuthPassword", "VpnKey", "vpnkey"])
async def test_the_value_of_a_secret_of_any_name_is_not_kept(h, name):
    await _notify(h, {**EVENT, "variable": {"name": name}, "actualValue": "hunter22"})
    assert [row.value for row in await h.records.events.page()] == ["**********"]


async def test_events_are_kept_while_nothing_can_be_read(h, monkeypatch):
    async def failed(*key):
        raise StoreFailed("the disk is gone")

    monkeypatch.setattr(h.records.variables, "get", failed)
    await _notify(h, EVENT, {**EVENT, "eventId": 2})
    assert [row.details["eventId"] for row in await h.records.events.page()] == [1, 2]


@pytest.mark.parametrize(
    ("said", "kept"), [(22.5, "22.5"), (7, "7"), (True, "true"), ("wss://u:p@x", "wss://**********@x")]
)
async def test_a_value_is_text_whatever_it_was_sent_as(h, said, kept):
    await _notify(h, {**EVENT, "actualValue": said})
    assert [row.value for row in await h.records.events.page()] == [kept]


async def test_a_station_whose_clock_is_ahead_does_not_stop_its_device_model(h):
    h.records.later(h.records.variables.put(Variable(identity=ID, component="EVSE@1", variable="Power", value="1")))
    await _notify(h, {**EVENT, "timestamp": "9999-01-01T00:00:00Z", "actualValue": "2"})
    h.contexts.clock.advance(60)
    await _notify(h, {**EVENT, "timestamp": "2026-01-01T00:01:00Z", "actualValue": "3"})
    assert (await h.records.variables.get(ID, "EVSE@1", "Power", "Actual")).value == "3"


async def test_names_are_compared_without_regard_to_case(h):
    """Part 1, 4.1."""
    component = {"name": "connector", "evse": {"id": 1, "connectorId": 2}}
    await _notify(
        h, {**EVENT, "component": component, "variable": {"name": "availabilitystate"}, "actualValue": "Occupied"}
    )
    assert [one[1:4] for one in Others.latest.statuses] == [(1, 2, "Occupied")]


async def test_events_are_counted_by_what_caused_them(h):
    await _notify(h, EVENT, {**EVENT, "trigger": "Delta"}, {**EVENT, "trigger": "x" * 5000}, {**EVENT, "trigger": 5})
    assert (_count(h, "Alerting"), _count(h, "Delta"), _count(h, "other")) == (1, 1, 2)


async def test_the_value_of_a_secret_is_not_kept(h):
    row = Variable(identity=ID, component="EVSE@1", variable="BasicAuthPassword", value=None)
    h.records.later(h.records.variables.put(row))
    await _notify(h, {**EVENT, "variable": {"name": "BasicAuthPassword"}, "actualValue": "hunter22"})
    assert [row.value for row in await h.records.events.page()] == ["**********"]
    assert (await h.records.variables.get(ID, "EVSE@1", "BasicAuthPassword", "Actual")).value is None


async def _variable(h, **more):
    row = Variable(identity=ID, component="EVSE@1", variable="Power", value="1", details={"mutability": "ReadOnly"})
    for name, value in more.items():
        setattr(row, name, value)
    h.records.later(h.records.variables.put(row))


async def _known(h):
    return await h.records.variables.get(ID, "EVSE@1", "Power", "Actual")


async def test_the_device_model_follows(h):
    await _variable(h, at=NOW - 60)
    await _notify(h, EVENT)
    row = await _known(h)
    assert (row.value, row.previous, row.at, row.changed_at) == ("22.5", "1", NOW, NOW)
    assert row.details == {"mutability": "ReadOnly"}


async def test_a_late_event_does_not_turn_the_device_model_back(h):
    await _variable(h, at=NOW + 60)
    await _notify(h, EVENT)
    assert (await _known(h)).value == "1"


async def test_the_same_value_is_no_change(h):
    await _variable(h, value="22.5", at=5.0)
    await _notify(h, EVENT)
    assert (await _known(h)).at == 5.0


async def test_an_event_adds_no_variable_to_the_device_model(h):
    await _notify(h, EVENT)
    assert await _known(h) is None


CONNECTOR = {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}
STATE = {**EVENT, "component": CONNECTOR, "variable": {"name": "AvailabilityState"}, "actualValue": "Occupied"}


@pytest.mark.parametrize(("timestamp", "at"), [(AT, NOW), ("2025-12-31T23:59:00Z", NOW - 60), ("x", NOW)])
async def test_the_status_of_a_connector_is_told(h, timestamp, at):
    await _notify(h, {**STATE, "timestamp": timestamp})
    assert Others.latest.statuses == [(ID, 1, 2, "Occupied", at)]


@pytest.mark.parametrize(
    "more",
    [
        {"component": {"name": "EVSE", "evse": {"id": 1}}},
        {"component": {"name": "Connector"}},
        {"component": {"name": "Connector", "evse": 5}},
        {"component": {"name": "Connector", "evse": {"id": 1}}},
        {"variable": {"name": "Available"}},
        {"actualValue": 5},
        {"actualValue": ""},
    ],
)
async def test_other_states_are_no_connectors(h, more):
    await _notify(h, {**STATE, **more})
    assert Others.latest.statuses == []


async def test_without_anybody_who_follows_the_connectors():
    async with started() as h:
        await _notify(h, STATE)
        assert len(await h.records.events.page()) == 1


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        {},
        [5, "x", None, {}],
        [{**EVENT, "component": 5}],
        [{**EVENT, "variable": {}}],
        [{**EVENT, "component": {"name": ""}}],
    ],
)
async def test_what_names_no_variable_is_answered_and_not_kept(h, data):
    assert (await h.call(V, "NotifyEvent", {"eventData": data})).payload == {}
    assert await h.records.events.page() == []


@pytest.mark.parametrize(
    "more",
    [
        {"actualValue": "\ud800", "techInfo": "\ud800"},
        {"actualValue": 5, "timestamp": None},
        {"eventId": 10**30, "cause": 1e300},
        {"evil\ud800": {"deep": [[]]}},
    ],
)
async def test_odd_values_are_kept_as_far_as_they_can_be(h, more):
    await _notify(h, {**EVENT, **more})
    assert len(await h.records.events.page()) == 1


async def test_what_is_much_too_large_is_cut_to_what_is_known(h):
    await _notify(h, {**EVENT, "techInfo": "y" * 9000, "junk": "x" * 9000, "techCode": ["z"] * 10})
    (row,) = await h.records.events.page()
    assert row.details == {
        "eventId": 1, "trigger": "Alerting", "eventNotificationType": "HardWiredMonitor", "techInfo": "y" * 500,
    }  # fmt: skip


async def test_there_is_an_end_to_the_events_of_one_message(h, caplog):
    await _notify(h, *({**EVENT, "eventId": number} for number in range(1_003)))
    assert len(await h.records.events.page(limit=2_000)) == 1_000
    assert "1003 events" in caplog.text
