"""What a station has last said of itself."""

import msgspec
import pytest
from outbox_kit import BOOT, BOOT2, call

from broker.ocpp import Version
from broker.session.books.memory import Memory, connector_of


def status(connector, state, version=Version.V16, **more):
    return call("StatusNotification", {"connectorId": connector, "status": state, **more}, version)


def test_the_last_status_of_each_connector_is_kept():
    memory = Memory()
    assert memory.note_status(status(1, "Available")) == "1"
    memory.note_status(status(2, "Available"))
    memory.note_status(status(1, "Charging"))
    assert [msgspec.json.decode(raw)["status"] for raw in memory.statuses.values()] == ["Charging", "Available"]


def test_connectors_of_2x_are_told_apart_by_their_evse():
    one = status(1, "Available", Version.V201, evseId=1)
    other = status(1, "Available", Version.V201, evseId=2)
    assert (connector_of(one), connector_of(other)) == ("1/1", "2/1")


def test_a_station_that_invents_connectors_does_not_fill_the_memory():
    memory = Memory()
    for connector in range(1000):
        memory.note_status(status(connector, "Available"))
    memory.note_status(status(5, "Faulted"))
    assert len(memory.statuses) == 128
    assert b"Faulted" in memory.statuses["5"]


def test_a_boot_makes_what_was_said_before_untrue():
    memory = Memory(accepted=True, booted={"main": 300.0})
    memory.note_status(status(1, "Charging"))
    memory.note_boot(call("BootNotification", BOOT))
    assert (memory.statuses, memory.booted, memory.accepted) == ({}, {}, True)


@pytest.mark.parametrize(("payload", "version"), [(BOOT, Version.V16), (BOOT2, Version.V201)])
def test_routes_may_match_vendor_and_model_of_the_last_boot(payload, version):
    memory = Memory()
    assert memory.model == {}
    memory.note_boot(call("BootNotification", payload, version))
    assert memory.model == {"vendor": "V", "model": "M"}


@pytest.mark.parametrize("payload", [{"chargePointVendor": 7}, {"chargingStation": []}, {}])
def test_a_boot_in_other_types_matches_nothing(payload):
    memory = Memory()
    memory.note_boot(call("BootNotification", payload))
    assert memory.model == {}


def test_it_comes_back_from_the_store_as_it_was():
    memory = Memory(version="ocpp1.6", accepted=True, booted={"main": 300.0}, first_free=7)
    memory.note_boot(call("BootNotification", BOOT))
    memory.note_status(status(1, "Charging"))
    assert msgspec.json.decode(msgspec.json.encode(memory), type=Memory) == memory
