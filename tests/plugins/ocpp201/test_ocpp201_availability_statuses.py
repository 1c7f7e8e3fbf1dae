import pytest
from ocpp201_tx_kit import NOW, plugin, spawned

from broker.api import Connector, StoreFailed
from broker.testing import Harness
from plugins.ocpp201.availability import statuses
from plugins.ocpp201.availability.plugin import Availability

V = "ocpp2.0.1"


@pytest.fixture
async def h():
    h = await Harness((Availability, {})).ready()
    yield h
    await h.stop()


def teller(h):
    tell = plugin(h, "ocpp201.availability").shared["ocpp201.connectors"]
    return lambda evse, connector, word, at=None: tell(h.session(V), evse, connector, word, at)


async def rows_of(h):
    return [(row.evse, row.connector, row.status) for row in await h.records.connectors.of("CP001")]


async def test_what_others_tell_is_kept_in_the_order_in_which_it_came(h):
    tell = teller(h)
    tell(1, 1, "Available")
    tell(1, 1, "Occupied", NOW)
    await spawned()
    tell(1, 2, "Faulted")
    assert await rows_of(h) == [(1, 1, "Occupied"), (1, 2, "Faulted")]
    assert (await h.records.connectors.of("CP001"))[0].at == NOW


async def test_what_is_known_is_no_change_on_the_next_connection(h):
    known = Connector(identity="CP001", evse=1, connector=1, status="Available", changed_at=5.0)
    await h.records.commit(h.records.connectors.put(known))
    tell = teller(h)
    tell(1, 1, "Available")
    await spawned()
    tell(1, 1, "Available")
    assert (await h.records.connectors.of("CP001"))[0].changed_at == 5.0
    tell(1, 1, "Faulted")
    assert (await h.records.connectors.of("CP001"))[0].changed_at == NOW


async def test_a_station_cannot_fill_the_store(h, monkeypatch):
    monkeypatch.setattr(statuses, "_CONNECTORS", 2)
    tell = teller(h)
    for connector in (1, 2, 3):
        tell(1, connector, "Available")
    await spawned()
    tell(1, 4, "Available")
    tell(1, 2, "O" * 100)
    assert await rows_of(h) == [(1, 1, "Available"), (1, 2, "O" * 50)]


async def test_where_nothing_can_be_read_the_status_is_news(h, monkeypatch):
    read = h.records.connectors.of

    async def fails(identity):
        raise StoreFailed("no disk")

    monkeypatch.setattr(h.records.connectors, "of", fails)
    teller(h)(1, 1, "Available")
    await spawned()
    monkeypatch.setattr(h.records.connectors, "of", read)
    assert await rows_of(h) == [(1, 1, "Available")]
