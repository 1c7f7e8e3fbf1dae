"""Logins of stations whose credentials a CSMS behind the broker has changed: the old, the new, and what ends what."""

import ssl

import pytest
from door_kit import basic

from broker.config import Liveness, Stations
from broker.server.authenticate import Shown, authenticate
from broker.server.credentials import Password
from broker.server.stations import StationBook, StationRecord
from broker.server.terms import Terms
from broker.session.grants.adoption import Change
from broker.session.grants.credential_book import CredentialBook

STATIONS = StationBook(Stations(), Liveness())
OLD, NEW, NEWER = "an-old-password-0", "a-new-password-01", "a-newer-password-2"
KEY = "00ff" * 10
UNAUTHORIZED, FORBIDDEN, CERTIFICATE = (401, "credentials"), (403, "profile"), (403, "certificate")
PLAIN, TLS = {0, 1}, {2, 3}


class Memory:
    """A store that never fails."""

    async def write(self, changes):
        return None

    def later(self, changes):
        return None


def terms(profiles):
    return Terms(
        name="x",
        path="/{identity}",
        profiles=frozenset(profiles),
        subprotocols=(),
        subprotocol_aliases={},
        default_subprotocol=None,
        upgrade_and_close=False,
        identity_aliases={},
        compress={},
        context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if set(profiles) & TLS else None,
    )


class Station:
    """A registered station and the book of what it was told."""

    def __init__(self, **registered):
        self.record = registered_as(**registered)
        self.book = CredentialBook(Memory())
        self.book.may_enter = lambda identity, wanted, known: ""

    async def told(self, password=None, profile=None, *, current=1):
        change = Change("x", password=password, security_profile=profile)
        assert await self.book.expect("CP001", change, profile=current) == ""

    def login(self, password=None, *, profiles=PLAIN, certificate=None):
        header = None if password is None else basic("CP001", password)
        shown = Shown(header, certificate)
        outcome = authenticate(self.record, shown, terms(profiles), STATIONS, self.book)
        return outcome if isinstance(outcome, int) else (outcome.status, outcome.reason)


def registered_as(password=None, **more):
    return StationRecord("CP001", password=None if password is None else Password.parse(password), **more)


def test_a_station_that_was_told_nothing_is_as_configured():
    assert Station(password=OLD).login(OLD) == 1
    assert Station(password=OLD).login(NEW) == UNAUTHORIZED


async def test_both_passwords_count_until_the_first_login_with_the_new_one():
    """A01.FR.03; OCTT TC_073."""
    station = Station(password=OLD)
    await station.told(NEW)
    assert [station.login(one) for one in (OLD, "wrong", OLD, NEW, OLD, NEW)] == [
        1, UNAUTHORIZED, 1, 1, UNAUTHORIZED, 1,
    ]  # fmt: skip


async def test_one_adopted_password_follows_the_other():
    station = Station(password=OLD)
    await station.told(NEW)
    assert station.login(NEW) == 1
    await station.told(NEWER)
    assert [station.login(one) for one in (OLD, NEW, NEWER, NEW)] == [UNAUTHORIZED, 1, 1, UNAUTHORIZED]


async def test_a_password_that_the_station_has_skipped_is_over():
    station = Station(password=OLD)
    await station.told(NEW)
    await station.told(NEWER)
    assert [station.login(one) for one in (NEWER, NEW)] == [1, UNAUTHORIZED]


@pytest.mark.parametrize("sent", [KEY, KEY.upper(), bytes.fromhex(KEY)])
async def test_an_authorization_key_is_taken_as_text_and_as_bytes(sent):
    station = Station(password=OLD)
    await station.told(KEY)
    assert [station.login(sent), station.login(OLD)] == [1, UNAUTHORIZED]


async def test_a_short_key_is_taken_as_text_and_as_bytes_too():
    for sent in ("00ff00ff", bytes.fromhex("00ff00ff")):
        station = Station(password=OLD)
        await station.told("00ff00ff")
        assert [station.login(sent), station.login(OLD)] == [1, UNAUTHORIZED]


async def test_a_station_without_a_password_gets_one_and_has_to_show_it_from_then_on():
    station = Station()
    await station.told(NEW, current=0)
    assert [station.login(one) for one in (None, "wrong", NEW, None, NEW)] == [0, 0, 1, UNAUTHORIZED, 1]


async def test_a_profile_without_authentication_proves_no_password():
    station = Station(security_profile=0)
    await station.told(NEW, current=0)
    assert station.login(NEW, profiles={0}) == 0
    assert station.book.of("CP001").password is None


async def test_a_new_password_opens_no_way_around_a_certificate():
    station = Station(serial_number="SN1")
    await station.told(NEW)
    assert station.login(NEW, profiles=TLS) == CERTIFICATE
    assert station.login(NEW) == FORBIDDEN


# --- security profiles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("registered", "refused"), [(None, UNAUTHORIZED), (1, FORBIDDEN)])
async def test_a_raised_profile_counts_from_the_first_connection_with_it_and_no_lower_one_after(registered, refused):
    """A05; OCTT TC_083."""
    station = Station(password=OLD, security_profile=registered)
    await station.told(profile=2)
    assert station.login(OLD) == 1
    assert station.login("wrong", profiles=TLS) == refused
    assert station.login(OLD) == 1
    assert station.login(OLD, profiles=TLS) == 2
    assert station.login(OLD) == FORBIDDEN
    assert station.login(OLD, profiles=TLS) == 2


async def test_a_profile_and_its_password_in_either_order_and_together():
    station = Station(security_profile=0)
    await station.told(NEW, current=0)
    await station.told(profile=1, current=0)
    assert station.login(None) == 0
    assert [station.login(NEW), station.login(None), station.login(NEW)] == [1, UNAUTHORIZED, 1]


async def test_a_login_with_both_a_new_password_and_a_new_profile_ends_both_old_ones():
    station = Station(password=OLD)
    await station.told(NEW, profile=2)
    assert station.login(NEW, profiles=TLS) == 2
    assert [station.login(NEW), station.login(OLD, profiles=TLS)] == [FORBIDDEN, UNAUTHORIZED]


async def test_a_new_profile_with_the_old_password_leaves_the_new_password_for_later():
    station = Station(password=OLD, security_profile=1)
    await station.told(NEW, profile=2)
    assert station.login(OLD, profiles=TLS) == 2
    assert station.login(NEW) == FORBIDDEN
    assert [station.login(one, profiles=TLS) for one in (NEW, OLD)] == [2, UNAUTHORIZED]


async def test_profile_3_asks_for_a_certificate_whatever_password_was_told():
    station = Station(password=OLD, security_profile=2)
    await station.told(NEW, profile=3, current=2)
    assert station.login("wrong", profiles=TLS, certificate=b"junk") == UNAUTHORIZED
    assert station.login(NEW, profiles={3}, certificate=b"junk") == FORBIDDEN
    assert station.login(NEW, profiles=TLS) == 2
    assert station.book.of("CP001").security_profile is None


# --- the operator's word ---------------------------------------------------------------------------------------------


async def test_a_password_that_the_operator_changes_counts_again():
    station = Station(password=OLD)
    await station.told(NEW)
    assert station.login(NEW) == 1
    station.record = registered_as(password=NEWER)
    assert [station.login(one) for one in (NEW, NEWER)] == [UNAUTHORIZED, 1]
    assert station.book.of("CP001") is None


async def test_a_password_that_the_operator_takes_away_is_gone():
    station = Station(password=OLD)
    await station.told(NEW)
    assert station.login(NEW) == 1
    station.record = registered_as()
    assert station.login(NEW, profiles={1}) == UNAUTHORIZED


async def test_a_reload_with_the_same_password_changes_nothing():
    station = Station(password=OLD)
    await station.told(NEW)
    assert station.login(NEW) == 1
    station.record = registered_as(password=OLD, tags={"site": "x"})
    assert [station.login(one) for one in (OLD, NEW)] == [UNAUTHORIZED, 1]


async def test_a_profile_that_the_operator_changes_counts_again():
    station = Station(password=OLD, security_profile=1)
    await station.told(profile=2)
    assert station.login(OLD, profiles=TLS) == 2
    station.record = registered_as(password=OLD, security_profile=3)
    assert station.login(OLD, profiles=TLS) == CERTIFICATE
    assert station.book.of("CP001").security_profile is None
