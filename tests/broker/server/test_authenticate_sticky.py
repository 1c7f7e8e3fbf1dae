"""A security profile over TLS is never lowered again but by the operator's word (1.6 white paper A05; OCTT TC_083)."""

import ssl

import pytest
from door_kit import basic

from broker.config import Liveness, Stations
from broker.server import authenticate as module
from broker.server.authenticate import Shown, authenticate
from broker.server.credentials import Password
from broker.server.stations import StationBook, StationRecord
from broker.server.terms import Terms
from broker.session.grants.adoption import Change
from broker.session.grants.credential_book import CredentialBook
from broker.store import Store

PASSWORD = "a-good-password-1"
REFUSED = (403, "profile")
PLAIN, TLS = {0, 1}, {2, 3}


@pytest.fixture(autouse=True)
def _certificates(monkeypatch):
    """Which certificates are good is told elsewhere: here every one is."""
    monkeypatch.setattr(module, "fault_in", lambda *_, **__: None)


@pytest.fixture
async def store(tmp_path):
    one = Store(f"sqlite:///{tmp_path}/switchboard.db")
    await one.open()
    yield one
    await one.close()


class Station:
    """One station and what is configured for it."""

    def __init__(self, store, *, sticky=True, **registered):
        self.store = store
        self.stations = StationBook(Stations(sticky_profile=sticky), Liveness())
        self.learned = CredentialBook(store)
        self.configure(**registered)

    def configure(self, *, password=PASSWORD, **more):
        self.record = StationRecord("CP001", password=None if password is None else Password.parse(password), **more)

    async def restart(self):
        """Everything that the broker remembers comes from the disk."""
        self.learned = CredentialBook(self.store)
        await self.learned.load()
        self.learned.may_enter = lambda identity, wanted, known: ""

    def login(self, profiles=PLAIN, *, password=PASSWORD, certificate=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if set(profiles) & TLS else None
        terms = Terms(
            name="x", path="/{identity}", profiles=frozenset(profiles), subprotocols=(), subprotocol_aliases={},
            default_subprotocol=None, upgrade_and_close=False, identity_aliases={}, compress={}, context=context,
        )  # fmt: skip
        header = None if password is None else basic("CP001", password)
        outcome = authenticate(self.record, Shown(header, certificate), terms, self.stations, self.learned)
        return outcome if isinstance(outcome, int) else (outcome.status, outcome.reason)


async def test_who_has_come_over_tls_never_comes_without_it_again(store):
    station = Station(store)
    assert [station.login(), station.login(TLS), station.login(), station.login(TLS)] == [1, 2, REFUSED, 2]


async def test_who_has_shown_a_certificate_never_comes_with_a_password_again(store):
    station = Station(store)
    assert station.login(TLS) == 2
    assert station.login(TLS, certificate=b"good") == 3
    assert [station.login(TLS), station.login({2}), station.login()] == [REFUSED, REFUSED, REFUSED]
    assert station.login(TLS, certificate=b"good") == 3


async def test_a_failed_login_raises_nothing(store):
    station = Station(store)
    assert station.login(TLS, password="wrong") == (401, "credentials")
    assert station.login() == 1


async def test_it_is_remembered_over_a_restart(store):
    station = Station(store)
    station.login(TLS)
    await station.restart()
    assert [station.login(), station.login(TLS)] == [REFUSED, 2]
    station.login(TLS, certificate=b"good")
    await station.restart()
    assert station.login(TLS) == REFUSED


async def test_stations_of_profile_0_and_1_leave_no_trace(store):
    """What is registered tells the two apart: a station with a password never comes without one."""
    station = Station(store)
    assert station.login() == 1
    assert station.learned.of("CP001") is None
    station.configure(password=None)
    assert station.login(password=None) == 0
    assert station.learned.of("CP001") is None


async def test_a_profile_that_was_told_to_it_stays_when_the_configured_one_is_taken_away(store):
    """As when a registration is deleted, or a key is taken out of the file: that says nothing of a lower one."""
    station = Station(store, security_profile=1)
    await station.restart()
    change = Change("ChangeConfiguration", security_profile=2)
    assert await station.learned.expect("CP001", change, profile=1) == ""
    assert station.login(TLS) == 2
    station.configure()
    assert [station.login(), station.login(TLS)] == [REFUSED, 2]
    await station.restart()
    assert station.login() == REFUSED


async def test_the_operators_word_lowers_it(store):
    station = Station(store)
    station.login(TLS, certificate=b"good")
    station.configure(security_profile=1)
    assert station.login() == 1
    station.configure()
    assert [station.login(), station.login(TLS)] == [1, 2]


async def test_the_operators_word_may_lower_it_by_one(store):
    station = Station(store)
    station.login(TLS, certificate=b"good")
    station.configure(security_profile=2)
    assert station.login(TLS) == 2
    station.configure()
    assert [station.login(), station.login(TLS)] == [REFUSED, 2]


async def test_a_word_that_was_never_followed_lowers_nothing(store):
    station = Station(store)
    station.login(TLS)
    station.configure(security_profile=1)
    station.configure()
    assert station.login() == REFUSED


async def test_a_new_password_that_it_was_told_is_no_way_down(store):
    station = Station(store)
    station.login(TLS)
    await station.learned.expect("CP001", Change("ChangeConfiguration", password="a-new-password-01"), profile=2)
    assert station.login(password="a-new-password-01") == REFUSED
    assert station.login(TLS, password="a-new-password-01") == 2
    assert station.login(password="a-new-password-01") == REFUSED


async def test_it_can_be_switched_off(store):
    station = Station(store, sticky=False)
    assert [station.login(TLS), station.login(), station.login(TLS)] == [2, 1, 2]
    assert station.learned.of("CP001") is None


async def test_switched_off_it_does_not_count_what_was_remembered(store):
    station = Station(store)
    station.login(TLS)
    station.stations = StationBook(Stations(sticky_profile=False), Liveness())
    assert station.login() == 1


async def test_what_is_forgotten_of_a_station_is_forgotten(store):
    station = Station(store)
    station.login(TLS)
    assert station.learned.forget("CP001")
    assert station.login() == 1
