from broker.config import Liveness, Stations
from broker.server.stations import StationBook

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
