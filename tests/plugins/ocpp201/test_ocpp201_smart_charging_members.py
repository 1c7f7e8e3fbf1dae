"""A site's limit while stations have lost their connection: they go on charging as they did."""

from collections.abc import AsyncIterator

import pytest
from ocpp201_smart_kit import (
    V,
    back,
    ended,
    event,
    joined,
    left,
    levels,
    needs,
    profile,
    sent,
    settled,
    smart,
    started,
)

from broker.api import BasePlugin, ChargingProfile, Reply, Version
from broker.testing import Harness, TestSession, harness
from plugins.ocpp201.smart_charging.config import Site
from plugins.ocpp201.smart_charging.members import Members

SITE = [{"stations": ["CP*"], "limit": 40}]
TAGGED = [{"tags": {"site": "depot"}, "limit": 40}]


async def told_needs(h: Harness, session: TestSession) -> None:
    """A NotifyEVChargingNeeds of that station, which the harness knows by its version alone."""
    first, h.sessions[session.version] = h.sessions[session.version], session
    try:
        await h.call(V, "NotifyEVChargingNeeds", needs())
    finally:
        h.sessions[session.version] = first
    await settled()


async def begun(h: Harness, transaction: str, *, evse: int = 1, identity: str = "CP001") -> None:
    """A transaction begins, so that shares are made anew."""
    started(h, transaction, evse=evse, identity=identity)
    await h.reply(V, "TransactionEvent", event("Started", transaction, evse=evse), Reply.result({}))
    await settled()


def holds(h: Harness, limit: float, transaction: str = "tx2", identity: str = "CP002") -> None:
    """The records know of a TxProfile."""
    told = profile(7, "TxProfile", limit=limit, transactionId=transaction)
    row = ChargingProfile(
        identity=identity, profile_id=7, evse=1, purpose="TxProfile", transaction_id=transaction, profile=told
    )
    h.records.later(h.records.charging_profiles.put(row))


def now(session: TestSession) -> float:
    """What the station was told last."""
    ((start, limit),) = levels(sent(session)[-1])
    assert start == 0
    return limit


async def test_what_a_station_was_promised_is_not_for_others_when_it_loses_its_connection():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        started(h, "tx2", identity="CP002")
        await told_needs(h, two)
        left(h, "CP002")
        started(h)
        await told_needs(h, one)
        assert (now(two), now(one)) == (32, 8)


async def test_the_others_share_what_it_leaves():
    async with smart(sites=[{"limit": 60}]) as h:
        one, two, three = h.session(V), joined(h, "CP002"), joined(h, "CP003")
        started(h, "tx2", identity="CP002")
        await told_needs(h, two)
        left(h, "CP002")
        started(h)
        started(h, "tx3", identity="CP003")
        await told_needs(h, one)
        assert now(one) == 14
        await told_needs(h, three)
        assert now(three) == 14


async def test_it_shares_again_when_it_is_back():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        started(h, "tx2", identity="CP002")
        await told_needs(h, two)
        left(h, "CP002")
        started(h)
        await told_needs(h, one)
        back(h, two)
        await begun(h, "tx1")
        assert (now(one), now(two)) == (20, 20)


async def test_what_it_had_is_for_others_when_its_transaction_has_ended():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        started(h, "tx2", identity="CP002")
        await told_needs(h, two)
        left(h, "CP002")
        started(h)
        await told_needs(h, one)
        ended(h, "tx2", identity="CP002")
        await begun(h, "tx1")
        assert now(one) == 32


async def test_a_transaction_that_was_promised_nothing_keeps_its_share():
    async with smart(sites=SITE) as h:
        one = h.session(V)
        joined(h, "CP002")
        started(h)
        started(h, "tx2", identity="CP002")
        await told_needs(h, one)
        left(h, "CP002")
        await begun(h, "tx1")
        assert now(one) == 20


async def test_a_station_counts_that_came_and_left_before_anything_was_shared():
    async with smart(sites=SITE) as h:
        two = joined(h, "CP002")
        h.plugins.session_opened(two)
        await settled()
        left(h, "CP002")
        started(h, "tx2", identity="CP002")
        started(h)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 20


def _before(h: Harness) -> None:
    started(h, "tx2", identity="CP002")
    holds(h, 30)
    started(h, "tx9", identity="CP009")
    ended(h, "tx9", identity="CP009")


async def test_after_a_restart_those_count_that_are_not_back_yet():
    async with smart(sites=SITE, before=_before) as h:
        started(h)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 10


async def test_after_a_restart_a_site_of_tags_knows_its_stations():
    async with smart(sites=TAGGED) as h:
        one, two = h.session(V), joined(h, "CP002")
        one.tags = two.tags = {"site": "depot"}
        started(h)
        await told_needs(h, one)
        kept = await h.records.documents.get("ocpp201.smart_charging", "CP002", "tags")
        assert kept == {"site": "depot"}

    def before(h: Harness) -> None:
        _before(h)
        h.records.later(h.records.documents.put("ocpp201.smart_charging", "CP002", "tags", kept))

    async with smart(sites=TAGGED, before=before) as h:
        h.session(V).tags = {"site": "depot"}
        started(h)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 10


async def test_stations_of_another_site_do_not_count_while_they_are_away():
    async with smart(sites=[{"stations": ["CP001"], "limit": 40}], before=_before) as h:
        started(h)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 32


async def test_what_a_station_of_1_6_was_promised_counts_as_it_is_now():
    async with smart(sites=SITE) as h:
        old = TestSession(Version.V16, identity="CP002")
        back(h, old)
        started(h, "2", identity="CP002", version="ocpp1.6")
        holds(h, 30, "2")
        started(h)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 10
        holds(h, 14, "2")
        await begun(h, "tx1")
        assert now(h.session(V)) == 20


class Owner(BasePlugin):
    """A plugin that knows who belongs to a site, for the test to hold."""

    name = "owner"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.sites = [Site(name="depot", tags={"site": "depot"}, limit=40), Site(name="all", limit=20)]
        self.members = Members(context, self.sites, most=2)
        Owner.latest = self


@pytest.fixture
async def owner() -> AsyncIterator[Owner]:
    h = await harness(Owner).ready()
    Owner.latest.h = h
    yield Owner.latest
    await h.stop()


def station(identity: str, **tags: str) -> TestSession:
    return TestSession(Version.V201, identity=identity, tags=tags)


async def test_the_first_site_that_fits_counts(owner: Owner):
    depot, other = owner.sites
    assert owner.members.note(station("CP001", site="depot")) is depot
    assert owner.members.note(station("CP002")) is other
    assert (owner.members.at(depot), owner.members.at(other)) == ({"CP001": None}, {"CP002": None})


async def test_a_station_that_has_moved_counts_where_it_is(owner: Owner):
    depot, other = owner.sites
    owner.members.note(station("CP001", site="depot"))
    owner.members.note(station("CP001"))
    assert (owner.members.at(depot), owner.members.at(other)) == ({}, {"CP001": None})
    assert await owner.documents.get("CP001", "tags") is None


async def test_who_is_connected_is_known_by_its_session(owner: Owner):
    one = station("CP001")
    back(owner.h, one)
    assert owner.members.at(owner.sites[1]) == {"CP001": one}
    owner.members.idle("CP001")
    left(owner.h, "CP001")
    assert owner.members.at(owner.sites[1]) == {"CP001": None}


async def test_who_is_away_and_has_nothing_that_runs_is_forgotten(owner: Owner):
    owner.members.note(station("CP001", site="depot"))
    owner.members.idle("CP001")
    assert owner.members.at(owner.sites[0]) == {}
    assert await owner.documents.get("CP001", "tags") is None


async def test_the_one_that_was_there_longest_ago_is_the_first_to_be_forgotten(owner: Owner):
    for identity in ("CP001", "CP002", "CP001", "CP003"):
        owner.members.note(station(identity))
    assert list(owner.members.at(owner.sites[1])) == ["CP001", "CP003"]


async def test_a_station_of_no_site_is_not_kept_in_mind(owner: Owner):
    owner.sites.pop()
    owner.members.note(station("CP001", site="depot"))
    assert owner.members.note(station("CP001", site="elsewhere")) is None
    assert owner.members.at(owner.sites[0]) == {}
    assert await owner.documents.get("CP001", "tags") is None


async def test_who_is_away_is_not_asked_for_any_more_when_all_has_ended(monkeypatch):
    async with smart(sites=SITE, before=_before) as h:
        ended(h, "tx2", identity="CP002")
        await begun(h, "tx1")
        asked: list[str] = []
        inner = h.records.transactions.open_of

        async def open_of(identity: str):
            asked.append(identity)
            return await inner(identity)

        monkeypatch.setattr(h.records.transactions, "open_of", open_of)
        await begun(h, "tx1")
        assert set(asked) == {"CP001"}
