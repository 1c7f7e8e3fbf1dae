"""The door with stations that are registered while it is open, over sockets."""

import pytest
from door_kit import CP001, LAB, PLAIN, basic, configured, handshake, house, status

from broker.records import Records, Registration
from broker.server.credentials import hash_password
from broker.session.grants.adoption import Change
from broker.session.grants.credential_book import CredentialBook
from broker.store import Store

PASSWORD = Change("ChangeConfiguration", password="a-third-password-1")


@pytest.fixture
async def store():
    one = Store("sqlite://")
    await one.open()
    yield one
    await one.close()


@pytest.fixture
def registrations(store):
    return Records(store).registrations


@pytest.fixture
def learned(store):
    return CredentialBook(store)


def of(identity="CP001", password=None, **more):
    return Registration(identity=identity, password=None if password is None else hash_password(password), **more)


def sent(password, identity="CP001"):
    return handshake(f"/ocpp/{identity}", auth=basic(identity, password))


async def test_a_station_is_let_in_from_its_registration_on_and_no_longer(registrations):
    async with house(PLAIN, registrations=registrations) as h:
        assert await status(h.port, sent("one")) == 404
        await registrations.put(of(password="one"))
        assert [await status(h.port, sent(one)) for one in ("one", "two")] == [101, 401]
        await registrations.drop("CP001")
        assert await status(h.port, sent("one")) == 404


async def test_a_password_counts_from_the_next_handshake_on_and_the_files_again_after_it(registrations):
    async with house(PLAIN, stations=[CP001], registrations=registrations) as h:
        file = CP001["password"]
        await registrations.put(of(password="one"))
        assert [await status(h.port, sent(one)) for one in (file, "one")] == [401, 101]
        await registrations.put(of(password="two"))
        assert [await status(h.port, sent(one)) for one in ("one", "two")] == [401, 101]
        await registrations.drop("CP001")
        assert [await status(h.port, sent(one)) for one in ("two", file)] == [401, 101]


async def test_a_reload_keeps_what_was_registered(registrations):
    async with house(PLAIN, stations=[CP001], registrations=registrations) as h:
        await registrations.put(of(password="one"))
        h.door.reconfigure(configured(PLAIN, stations=[{**CP001, "password": "of-another-file-1"}]))
        assert [await status(h.port, sent(one)) for one in ("of-another-file-1", "one")] == [401, 101]
        await registrations.put(of("CP002", password="two"))
        assert await status(h.port, sent("two", "CP002")) == 101


async def test_a_session_that_is_open_stays(registrations):
    async with house(LAB, registrations=registrations) as h:
        await registrations.put(of())
        assert await status(h.port) == 101
        await registrations.drop("CP001")
        assert h.admitted == ["CP001"]


async def test_tags_reach_the_session(registrations):
    async with house(LAB, stations=[{"identity": "CP001", "tags": {"site": "x"}}], registrations=registrations) as h:
        await registrations.put(of(tags={"fleet": "y"}))
        await status(h.port)
        assert (h.sessions.served[0].tags, h.sessions.served[0].known) == ({"site": "x", "fleet": "y"}, True)


async def test_a_profile_that_is_demanded_is_enforced(registrations, shared_pki):
    tls = {"tls": shared_pki.client(), "name": "localhost"}
    async with house(PLAIN, shared_pki.listener([2, 3]), stations=[CP001], registrations=registrations) as h:
        plain, secure = h.listeners.ports["plain"], h.listeners.ports["secure"]
        data = sent(CP001["password"])
        for profile, expected in ((1, (101, 403)), (2, (403, 101)), (3, (403, 403)), (None, (101, 101))):
            await registrations.put(of(security_profile=profile))
            assert (await status(plain, data), await status(secure, data, **tls)) == expected
        assert h.refused("profile") == 3


async def test_a_serial_number_opens_the_identity_that_it_is_registered_for(registrations, pki):
    pki.station("CP001", serial_number="SN-1")
    tls = {"tls": pki.client("CP001"), "name": "localhost"}
    async with house(pki.listener([3]), stations=[{"identity": "CP001"}], registrations=registrations) as h:
        assert await status(h.port, **tls) == 403
        await registrations.put(of(serial_number="SN-1"))
        assert await status(h.port, **tls) == 101
        await registrations.put(of())
        await registrations.put(of("SN-1"))
        assert await status(h.port, handshake("/ocpp/SN-1"), **tls) == 101
        await registrations.put(of(serial_number="SN-1"))
        assert await status(h.port, handshake("/ocpp/SN-1"), **tls) == 403


# --- beside what a CSMS has changed -----------------------------------------------------------------------------------


async def test_a_password_of_the_operator_counts_more_than_an_adopted_one(registrations, learned):
    async with house(PLAIN, stations=[CP001], learned=learned, registrations=registrations) as h:
        await learned.expect("CP001", PASSWORD, profile=1)
        assert await status(h.port, sent("a-third-password-1")) == 101
        await registrations.put(of(password="one"))
        assert [await status(h.port, sent(one)) for one in ("a-third-password-1", "one")] == [401, 101]


async def test_a_registration_that_says_nothing_of_the_password_leaves_the_adopted_one(registrations, learned):
    async with house(PLAIN, stations=[CP001], learned=learned, registrations=registrations) as h:
        await learned.expect("CP001", PASSWORD, profile=1)
        assert await status(h.port, sent("a-third-password-1")) == 101
        await registrations.put(of(tags={"a": "b"}))
        assert await status(h.port, sent("a-third-password-1")) == 101
        await registrations.drop("CP001")
        assert [await status(h.port, sent(one)) for one in (CP001["password"], "a-third-password-1")] == [401, 101]


async def test_a_registered_password_can_be_followed_by_one_that_the_station_is_told(registrations, learned):
    async with house(PLAIN, learned=learned, registrations=registrations) as h:
        made = of(password="one")
        await registrations.put(made)
        await learned.expect("CP001", PASSWORD, profile=1)
        assert [await status(h.port, sent(one)) for one in ("one", "a-third-password-1", "one")] == [101, 101, 401]
        await registrations.put(of(tags={"a": "b"}, security_profile=1))  # without its password there is another one
        assert await status(h.port, sent("a-third-password-1")) == 401
        await registrations.put(made)
        assert await status(h.port, sent("one")) == 101


async def test_a_change_of_profile_is_only_agreed_to_where_the_registration_lets_it_in(
    registrations, learned, shared_pki
):
    profile_2 = Change("ChangeConfiguration", security_profile=2)
    async with house(LAB, shared_pki.listener([2]), learned=learned, registrations=registrations):
        await registrations.put(of())
        assert "no password" in await learned.expect("CP001", profile_2, profile=0)
        await registrations.put(of(password="one"))
        assert await learned.expect("CP001", profile_2, profile=0) == ""
