"""Who may connect: the file's stations, and over them what was registered at run time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config import Liveness, Stations
from broker.records import Records, Registration
from broker.server.credentials import hash_password
from broker.server.stations import StationBook
from broker.store import Store

KNOWN = [
    {
        "identity": "CP001",
        "password": "a-good-password-1",
        "tags": {"site": "x"},
        "half_duplex": True,
        "compress": False,
    },
    {"identity": "CP002", "serial_number": "SN2", "security_profile": 3, "liveness": "off"},
    {"identity": "CP003", "liveness": {"ping_interval": 10, "missed": 5}},
]


def book(unknown="reject"):
    stations = Stations.model_validate({"unknown": unknown, "known": KNOWN})
    return StationBook(stations, Liveness.model_validate({"ping_interval": 45, "missed": 3}))


def test_what_is_registered():
    record = book().lookup("CP001")
    assert record.password.matches(b"a-good-password-1")
    assert (record.tags, record.half_duplex, record.compress, record.known) == ({"site": "x"}, True, False, True)
    assert (record.security_profile, record.serial_number) == (None, None)
    assert len(book()) == 3


def test_liveness_is_the_stations_own_or_everybodys():
    assert [(r.ping_interval, r.missed_pongs) for r in map(book().lookup, ("CP001", "CP003"))] == [(45, 3), (10, 5)]
    assert book().lookup("CP002").ping_interval == 0


def test_an_unknown_identity():
    assert book().lookup("CP999") is None
    assert book().lookup("cp001") is None
    record = book("accept").lookup("CP999")
    assert (record.identity, record.known, record.password, record.tags) == ("CP999", False, None, {})
    assert (record.ping_interval, record.missed_pongs) == (45, 3)


def test_who_a_serial_number_belongs_to():
    assert book().owner_of("SN2") == "CP002"
    assert book().owner_of("CP001") is None


def test_a_record_does_not_show_its_password():
    assert "good" not in repr(book().lookup("CP001"))


# --- registered at run time -------------------------------------------------------------------------------------------


@pytest.fixture
async def registrations():
    store = Store("sqlite://")
    await store.open()
    yield Records(store).registrations
    await store.close()


def over(registrations, unknown="reject"):
    stations = Stations.model_validate({"unknown": unknown, "known": KNOWN})
    made = StationBook(stations, Liveness.model_validate({"ping_interval": 45, "missed": 3}), registrations)
    registrations.watchers[:] = [made.registered]
    return made


async def test_a_registration_counts_member_by_member(registrations):
    book = over(registrations)
    await registrations.put(Registration(identity="CP001", security_profile=2, tags={"new": "y"}))
    record = book.lookup("CP001")
    assert record.password.matches(b"a-good-password-1")
    assert (record.security_profile, record.tags) == (2, {"site": "x", "new": "y"})
    assert (record.half_duplex, record.compress, record.known) == (True, False, True)
    await registrations.put(Registration(identity="CP001", password=hash_password("other"), tags={"site": "z"}))
    record = book.lookup("CP001")
    assert [record.password.matches(one) for one in (b"a-good-password-1", b"other")] == [False, True]
    assert (record.security_profile, record.tags) == (None, {"site": "z"})
    await registrations.put(Registration(identity="CP002", security_profile=0))
    assert book.lookup("CP002").security_profile == 0


async def test_what_is_not_registered_any_more_is_as_the_file_has_it(registrations):
    book = over(registrations)
    before = book.lookup("CP001")
    await registrations.put(Registration(identity="CP001", security_profile=0))
    await registrations.drop("CP001")
    assert book.lookup("CP001") is before


async def test_who_is_only_registered_is_known(registrations):
    book = over(registrations)
    await registrations.put(Registration(identity="CP999", tags={"site": "z"}))
    record = book.lookup("CP999")
    assert (record.identity, record.known, record.password, record.tags) == ("CP999", True, None, {"site": "z"})
    assert (record.ping_interval, record.missed_pongs) == (45, 3)
    await registrations.drop("CP999")
    assert book.lookup("CP999") is None


async def test_where_unknown_ones_may_come_a_registered_one_is_no_unknown_one(registrations):
    book = over(registrations, "accept")
    await registrations.put(Registration(identity="CP999"))
    assert (book.lookup("CP999").known, book.lookup("CP998").known) == (True, False)


async def test_a_reload_keeps_what_was_registered(registrations):
    await registrations.put(Registration(identity="CP002", serial_number="SN9", tags={"a": "b"}))
    book = over(registrations)
    assert book.lookup("CP002").tags == {"a": "b"}
    assert (book.owner_of("SN9"), book.owner_of("SN2")) == ("CP002", None)


async def test_a_record_is_made_once(registrations):
    book = over(registrations)
    await registrations.put(Registration(identity="CP001", tags={"a": "b"}))
    assert book.lookup("CP001") is book.lookup("CP001")


async def test_a_registered_serial_number_takes_the_place_of_the_files(registrations):
    book = over(registrations)
    await registrations.put(Registration(identity="CP002", serial_number="SN9"))
    assert (book.owner_of("SN2"), book.owner_of("SN9")) == (None, "CP002")
    await registrations.put(Registration(identity="CP002", serial_number="SN8"))
    assert (book.owner_of("SN9"), book.owner_of("SN8")) == (None, "CP002")
    await registrations.put(Registration(identity="CP002"))
    assert (book.owner_of("SN8"), book.owner_of("SN2")) == (None, "CP002")
    await registrations.put(Registration(identity="CP002", serial_number="SN2"))
    await registrations.drop("CP002")
    assert book.owner_of("SN2") == "CP002"


async def test_a_serial_number_of_two_is_that_of_the_one_that_was_registered(registrations):
    """The API refuses it; a file may bring it later."""
    book = over(registrations)
    await registrations.put(Registration(identity="CP001", serial_number="SN2"))
    assert book.owner_of("SN2") == "CP001"
    await registrations.put(Registration(identity="CP003", serial_number="SN2"))
    await registrations.drop("CP001")
    assert book.owner_of("SN2") == "CP003"
    await registrations.drop("CP003")
    assert book.owner_of("SN2") == "CP002"


MEMBERS = {
    "password": st.sampled_from([None, hash_password("one"), hash_password("two")]),
    "security_profile": st.sampled_from([None, 0, 1, 2, 3]),
    "tags": st.dictionaries(st.sampled_from(["site", "b"]), st.sampled_from(["1", "2"])),
    "serial_number": st.sampled_from([None, "SN1", "SN2", "SN3"]),
}
STEP = st.tuples(st.sampled_from(["CP001", "CP002", "CP9"]), st.none() | st.fixed_dictionaries(MEMBERS))


class Rows(dict):
    """Registrations without a disk."""

    def all(self):
        return list(self.values())


@given(st.lists(STEP, max_size=12))
def test_step_by_step_it_is_the_same_book_as_one_that_is_built_anew(steps):
    rows = Rows()
    stations = Stations.model_validate({"known": KNOWN})
    book = StationBook(stations, Liveness(), rows)
    for identity, members in steps:
        rows.pop(identity, None)
        if members is not None and members["serial_number"] in [row.serial_number for row in rows.values()]:
            members = {**members, "serial_number": None}
        if members is not None:
            rows[identity] = Registration(identity=identity, **members)
        book.registered(identity)
        fresh = StationBook(stations, Liveness(), rows)
        for number in ("SN1", "SN2", "SN3"):
            assert book.owner_of(number) == fresh.owner_of(number)
        for one in ("CP001", "CP002", "CP9"):
            assert shown(book.lookup(one)) == shown(fresh.lookup(one))


def shown(record):
    """A record in values that can be compared."""
    if record is None:
        return None
    secret = None if record.password is None else record.password.fingerprint("")
    return record.known, record.security_profile, record.tags, record.serial_number, secret
