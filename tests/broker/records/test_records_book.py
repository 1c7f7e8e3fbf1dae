"""Books: rows of a station."""

import pytest
from records_kit import opened

from broker.records import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    Reservation,
    Station,
    Variable,
)

SAMPLES = {
    "stations": Station(
        identity="CP1",
        version="ocpp1.6",
        vendor="V",
        model="M",
        serial_number="S",
        firmware="1.0",
        boot_status="Accepted",
        booted_at=5.0,
        boot={"chargePointVendor": "V"},
    ),
    "connectors": Connector(
        identity="CP1",
        evse=1,
        connector=1,
        status="Faulted",
        error_code="GroundFailure",
        info="i",
        vendor_id="v",
        vendor_error_code="e",
        at=None,
        changed_at=6.0,
    ),
    "variables": Variable(
        identity="CP1", component="c", variable="v", value="", readonly=True, at=1.0, previous="old", changed_at=2.0
    ),
    "reservations": Reservation(
        identity="CP1",
        reservation_id=-5,
        evse=0,
        token="Card",
        parent="P",
        expires=7.0,
        status="used",
        answer="Accepted",
    ),
    "local_lists": LocalList(identity="CP1", version=-1, status="Accepted", entries={"a": {"status": "Accepted"}}),
    "charging_profiles": ChargingProfile(
        identity="CP1", profile_id=9, purpose="TxProfile", kind="Absolute", transaction_id="5", profile={"a": [1.5]}
    ),
    "certificates": Certificate(
        identity="CP1", key="SHA256:a:b", use="M", hash_data={"serialNumber": "b"}, pem="-----"
    ),
}
KEYS = {
    "stations": (),
    "connectors": (1, 1),
    "variables": ("c", "v", "Actual"),
    "reservations": (-5,),
    "local_lists": (),
    "charging_profiles": (9,),
    "certificates": ("SHA256:a:b",),
}


def test_every_book_is_tried(records):
    from broker.records import Book

    assert {name for name, value in vars(records).items() if isinstance(value, Book)} == set(SAMPLES) == set(KEYS)


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_row_comes_back_from_the_disk_as_it_was_put(url, name):
    async with opened(url) as records:
        await records.commit(getattr(records, name).put(SAMPLES[name]))
    async with opened(url) as records:
        book = getattr(records, name)
        assert await book.get("CP1", *KEYS[name]) == SAMPLES[name]
        assert await book.of("CP1") == [SAMPLES[name]]
        assert await book.of("CP2") == []
        assert await book.get("CP2", *KEYS[name]) is None


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_row_is_dropped_by_its_key(records, name):
    book = getattr(records, name)
    await records.commit(book.put(SAMPLES[name]))
    await records.commit(book.drop("CP2", *KEYS[name]))
    assert len(await book.of("CP1")) == 1
    await records.commit(book.drop("CP1", *KEYS[name]))
    assert await book.of("CP1") == []


@pytest.mark.parametrize("name", [name for name in SAMPLES if KEYS[name]])
async def test_a_key_is_given_as_a_whole(records, name):
    book = getattr(records, name)
    with pytest.raises(TypeError, match="identity, "):
        book.drop("CP1")
    with pytest.raises(TypeError, match="identity, "):
        await book.get("CP1")


async def test_a_row_takes_the_place_of_the_one_before(records):
    for status in ("Available", "Charging"):
        records.later(records.connectors.put(Connector(identity="CP1", evse=1, connector=1, status=status)))
    assert [row.status for row in await records.connectors.of("CP1")] == ["Charging"]


async def test_rows_come_in_the_order_of_their_keys(records):
    places = [(2, 1), (0, 0), (10, 1), (2, 2), (1, 1)]
    records.later(*(records.connectors.put(Connector(identity="CP1", evse=e, connector=c)) for e, c in places))
    assert [(row.evse, row.connector) for row in await records.connectors.of("CP1")] == sorted(places)


async def test_all_of_a_station_are_dropped_at_once_and_in_turn(records):
    def profile(identity, number):
        return records.charging_profiles.put(ChargingProfile(identity=identity, profile_id=number))

    records.later(profile("CP1", 1), profile("CP1", 2), profile("CP2", 3))
    records.later(records.charging_profiles.drop_all("CP1"), profile("CP1", 4))
    assert [row.profile_id for row in await records.charging_profiles.of("CP1")] == [4]
    assert [row.profile_id for row in await records.charging_profiles.of("CP2")] == [3]


async def test_a_key_that_is_cut_is_found_by_what_it_was(records):
    name = "k" * 3000
    await records.commit(records.variables.put(Variable(identity="CP1", variable=name, value="1")))
    assert (await records.variables.get("CP1", "", name, "Actual")).value == "1"
    await records.commit(records.variables.drop("CP1", "", name, "Actual"))
    assert await records.variables.of("CP1") == []
