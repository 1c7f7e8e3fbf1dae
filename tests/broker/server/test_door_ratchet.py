"""Over real listeners with TLS: a station that has come with a higher security profile is refused on a lower one for
ever after, with an HTTP error and no upgrade (1.6 white paper A05; OCTT TC_083)."""

from contextlib import asynccontextmanager

import pytest
from door_kit import CP001, PLAIN, basic, configured, connect, handshake, house

from broker.records import Records, Registration
from broker.session.grants.adoption import Change
from broker.session.grants.credential_book import CredentialBook
from broker.store import Store

LOGIN = handshake(auth=basic("CP001", CP001["password"]))


class Depot:
    """A door with three listeners: profile 1, profile 2, profile 3."""

    def __init__(self, house, learned, registrations, pki):
        self.house, self.learned, self.registrations, self.pki = house, learned, registrations, pki

    async def come(self, profile):
        """Status of a handshake on the listener of this profile, with all that it asks for."""
        port = self.house.listeners.ports[("plain", "basic", "mutual")[profile - 1]]
        tls = None if profile == 1 else self.pki.client("CP001" if profile == 3 else None)
        answer = await connect(port, LOGIN, tls=tls, name="localhost")
        await answer.close()
        assert ("upgrade" in answer.headers) == (answer.status == 101)
        return answer.status

    async def all(self):
        return [await self.come(profile) for profile in (1, 2, 3)]

    async def upgrade(self, profile, *, current):
        """What a ChangeConfiguration of SecurityProfile does before it goes out, and the answer Accepted after it."""
        change = Change("ChangeConfiguration", security_profile=profile)
        assert await self.learned.expect("CP001", change, profile=current) == ""
        self.learned.settled("CP001", change, True)


@pytest.fixture
def depot(tmp_path, shared_pki):
    """Opens the door as often as a test wants, each time as after a restart."""

    @asynccontextmanager
    async def opened(**registered):
        store = Store(f"sqlite:///{tmp_path}/switchboard.db")
        await store.open()
        records, learned = Records(store), CredentialBook(store)
        await records.load()
        await learned.load()
        listeners = [PLAIN, shared_pki.listener([2], name="basic"), shared_pki.listener([3], name="mutual")]
        stations = [{**CP001, **registered}]
        try:
            async with house(*listeners, stations=stations, learned=learned, registrations=records.registrations) as h:
                yield Depot(h, learned, records.registrations, shared_pki)
        finally:
            await store.close()

    return opened


@pytest.mark.parametrize("registered", [{}, {"security_profile": 1}])
async def test_after_an_upgrade_the_lower_profile_is_refused(depot, registered):
    async with depot(**registered) as d:
        assert await d.come(1) == 101
        await d.upgrade(2, current=1)
        assert [await d.come(profile) for profile in (2, 1, 2)] == [101, 403, 101]
        assert d.house.refused("profile") == 1


async def test_until_the_first_login_with_the_higher_one_the_lower_one_is_good(depot):
    async with depot(security_profile=1) as d:
        await d.upgrade(2, current=1)
        assert [await d.come(profile) for profile in (1, 1, 2, 1)] == [101, 101, 101, 403]


async def test_from_profile_1_to_3_by_way_of_2(depot):
    async with depot(security_profile=1) as d:
        await d.upgrade(2, current=1)
        assert await d.come(2) == 101
        await d.upgrade(3, current=2)
        assert await d.come(3) == 101
        assert await d.all() == [403, 403, 101]


async def test_from_profile_1_to_3_at_once(depot):
    async with depot(security_profile=1) as d:
        await d.upgrade(3, current=1)
        assert await d.all() == [101, 403, 101]
        assert await d.all() == [403, 403, 101]


@pytest.mark.parametrize("registered", [{}, {"security_profile": 1}])
async def test_it_holds_after_a_restart_and_a_reload(depot, registered):
    async with depot(**registered) as d:
        await d.upgrade(2, current=1)
        assert await d.come(2) == 101
    async with depot(**registered) as d:
        assert [await d.come(1), await d.come(2)] == [403, 101]
        d.house.door.reconfigure(d.house.config)
        assert [await d.come(1), await d.come(2)] == [403, 101]


async def test_an_upgrade_that_was_agreed_to_before_a_restart_is_good_after_it(depot):
    async with depot(security_profile=1) as d:
        await d.upgrade(2, current=1)
    async with depot(security_profile=1) as d:
        assert [await d.come(profile) for profile in (1, 2, 1)] == [101, 101, 403]


async def test_who_was_upgraded_at_the_station_itself_does_not_come_back_either(depot):
    async with depot() as d:
        assert await d.all() == [101, 101, 101]
        assert await d.all() == [403, 403, 101]
    async with depot() as d:
        assert await d.all() == [403, 403, 101]


async def test_an_upgrade_outlives_the_registration_that_it_began_with(depot):
    async with depot() as d:
        await d.registrations.put(Registration(identity="CP001", security_profile=1))
        await d.upgrade(2, current=1)
        assert await d.come(2) == 101
        await d.registrations.drop("CP001")
        assert [await d.come(1), await d.come(2)] == [403, 101]


async def test_only_the_operators_word_lets_it_down_again(depot):
    async with depot() as d:
        assert await d.come(3) == 101
        await d.registrations.put(Registration(identity="CP001", tags={"site": "x"}))
        assert await d.come(1) == 403
        await d.registrations.put(Registration(identity="CP001", security_profile=1))
        assert await d.all() == [101, 403, 403]
        await d.registrations.drop("CP001")
        assert await d.all() == [101, 101, 101]
        d.house.door.reconfigure(configured(PLAIN, stations=[{**CP001, "security_profile": 1}]))
        assert await d.come(1) == 101


async def test_an_upgrade_to_what_is_lower_is_refused_before_it_goes_out(depot):
    async with depot() as d:
        assert await d.come(2) == 101
        for lower in (0, 1):
            change = Change("ChangeConfiguration", security_profile=lower)
            assert await d.learned.expect("CP001", change, profile=2) == "a security profile is never lowered"
