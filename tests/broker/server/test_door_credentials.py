"""The door with adopted credentials, over sockets."""

from door_kit import CP001, LAB, PLAIN, basic, configured, handshake, house, status

from broker.hooks import Admit
from broker.session.grants.adoption import Change
from broker.session.grants.credential_book import CredentialBook

OLD, NEW = basic("CP001", "a-good-password-1"), basic("CP001", "a-new-password-01")
PASSWORD = Change("ChangeConfiguration", password="a-new-password-01")
PROFILE_2 = Change("ChangeConfiguration", security_profile=2)


class Memory:
    """A store that never fails."""

    async def write(self, changes):
        return None

    def later(self, changes):
        return None


async def told(book, change, *, identity="CP001", profile=1):
    return await book.expect(identity, change, profile=profile)


async def test_a_new_password_is_let_in_and_then_the_old_one_is_not():
    book = CredentialBook(Memory())
    async with house(PLAIN, stations=[CP001], learned=book) as h:
        assert await status(h.port, handshake(auth=NEW)) == 401
        assert await told(book, PASSWORD) == ""
        assert [await status(h.port, handshake(auth=one)) for one in (OLD, NEW, OLD, NEW)] == [101, 101, 401, 101]


async def test_the_stations_profile_is_raised_where_another_listener_serves_it(shared_pki):
    book = CredentialBook(Memory())
    station = {**CP001, "security_profile": 1}
    async with house(PLAIN, shared_pki.listener([2]), stations=[station], learned=book) as h:
        plain, secure = h.listeners.ports["plain"], h.listeners.ports["secure"]
        tls = {"tls": shared_pki.client(), "name": "localhost"}
        assert await status(secure, handshake(auth=OLD), **tls) == 403
        assert await told(book, PROFILE_2) == ""
        assert await status(plain, handshake(auth=OLD)) == 101
        assert await status(secure, handshake(auth=OLD), **tls) == 101
        assert await status(plain, handshake(auth=OLD)) == 403
        assert await status(secure, handshake(auth=OLD), **tls) == 101
        assert h.sessions.served[-1].security_profile == 2


async def test_a_profile_that_nobody_serves_is_refused_until_a_reload_brings_it(shared_pki):
    book = CredentialBook(Memory())
    async with house(PLAIN, stations=[CP001], learned=book) as h:
        assert await told(book, PROFILE_2) == "no listener serves security profile 2"
        h.door.reconfigure(configured(PLAIN, shared_pki.listener([2]), stations=[CP001]))
        assert await told(book, PROFILE_2) == ""
        h.door.reconfigure(configured(PLAIN, shared_pki.listener([2])))
        assert await told(book, PROFILE_2, identity="CP999") == "the station is unknown"


async def test_a_profile_with_passwords_needs_one():
    book = CredentialBook(Memory())
    both = {"name": "both", "bind": "127.0.0.1:0", "security_profiles": [0, 1]}
    profile_1 = Change("ChangeConfiguration", security_profile=1)
    async with house(both, stations=[{"identity": "CP001"}], learned=book) as h:
        assert await told(book, profile_1, profile=0) == "no password is known, which security profile 1 asks for"
        assert await told(book, PASSWORD, profile=0) == ""
        assert await told(book, profile_1, profile=0) == ""
        assert [await status(h.port, handshake(auth=one)) for one in (None, NEW, None)] == [101, 101, 401]


async def test_a_profile_with_certificates_needs_no_password(shared_pki):
    book = CredentialBook(Memory())
    async with house(LAB, shared_pki.listener([3]), stations=[{"identity": "CP001"}], learned=book):
        assert await told(book, Change("ChangeConfiguration", security_profile=3), profile=0) == ""


async def test_a_station_that_a_plugin_calls_by_another_name_keeps_its_own_credentials():
    book = CredentialBook(Memory())
    async with house(PLAIN, stations=[CP001], learned=book) as h:
        h.opinion = Admit(identity="DEPOT-1")
        assert await status(h.port, handshake(auth=OLD)) == 101
        assert h.admitted == ["DEPOT-1"]
        assert await told(book, PASSWORD, identity="DEPOT-1") == ""
        assert [await status(h.port, handshake(auth=one)) for one in (NEW, OLD)] == [101, 401]
