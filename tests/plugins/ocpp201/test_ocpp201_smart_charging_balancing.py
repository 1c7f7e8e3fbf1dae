"""A site's limit, shared by its running transactions: nobody is promised what another one still has."""

import pytest
from ocpp201_smart_kit import (
    ACCEPTED,
    REJECTED,
    V,
    ended,
    event,
    joined,
    levels,
    needs,
    sent,
    settled,
    smart,
    started,
)

from broker.api import Reply
from broker.testing import Harness, TestSession

SITE = [{"stations": ["CP*"], "limit": 40}]


async def told_needs(h: Harness, session: TestSession, **more) -> None:
    """A NotifyEVChargingNeeds of that station, which the harness knows by its version alone."""
    first = h.sessions[session.version]
    h.sessions[session.version] = session
    try:
        await h.call(V, "NotifyEVChargingNeeds", needs(**more))
    finally:
        h.sessions[session.version] = first
    await settled()


def now(session: TestSession) -> float:
    """What the station was told last."""
    ((start, limit),) = levels(sent(session)[-1])
    assert start == 0
    return limit


async def test_one_alone_has_all_that_it_can_take():
    async with smart(sites=SITE) as h:
        started(h)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 32


async def test_two_share_and_who_has_more_gives_first():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        order = []
        for each in (one, two):
            each.replies["SetChargingProfile"] = lambda payload, each=each: (
                order.append((each.identity, levels(payload)[0][1])) or Reply.result({"status": "Accepted"})
            )
        started(h)
        await told_needs(h, one)
        started(h, "tx2", identity="CP002")
        await told_needs(h, two)
        assert order == [("CP001", 32.0), ("CP001", 20.0), ("CP002", 20.0)]


async def test_who_does_not_give_keeps_what_it_has_and_the_other_gets_the_rest():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        started(h)
        await told_needs(h, one)
        one.replies["SetChargingProfile"] = REJECTED
        started(h, "tx2", identity="CP002")
        await told_needs(h, two)
        assert now(two) == 8


async def test_who_gives_later_gives_later():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        started(h, "tx2", identity="CP002")
        await told_needs(h, two)
        two.replies["SetChargingProfile"] = REJECTED
        started(h)
        await told_needs(h, one)
        assert now(one) == 8
        two.replies["SetChargingProfile"] = ACCEPTED
        await h.reply(V, "TransactionEvent", event("Started"), Reply.result({}))
        await settled()
        assert (now(one), now(two)) == (20, 20)


async def test_what_one_gives_up_is_for_the_others_at_once():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        started(h)
        started(h, "tx2", identity="CP002")
        await told_needs(h, one)
        await told_needs(h, two)
        await told_needs(h, two, ac={"evMaxCurrent": 10})
        assert (now(one), now(two)) == (30, 10)


async def test_what_one_cannot_use_is_for_the_others():
    async with smart(sites=SITE) as h:
        one, two = h.session(V), joined(h, "CP002")
        started(h)
        started(h, "tx2", identity="CP002")
        await told_needs(h, one, ac={"evMaxCurrent": 10})
        await told_needs(h, two)
        assert (now(one), now(two)) == (10, 30)


async def test_a_transaction_without_needs_has_its_share_too():
    async with smart(sites=SITE) as h:
        joined(h, "CP002")
        started(h)
        started(h, "tx2", identity="CP002")
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 20


async def test_stations_elsewhere_do_not_count():
    async with smart(sites=[{"stations": ["CP001"], "limit": 40}]) as h:
        joined(h, "CP002")
        started(h)
        started(h, "tx2", identity="CP002")
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 32


async def test_when_one_ends_the_other_gets_more():
    async with smart(sites=SITE) as h:
        joined(h, "CP002")
        started(h)
        started(h, "tx2", evse=2)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 20
        ended(h, "tx2")
        await h.reply(V, "TransactionEvent", event("Ended", "tx2", evse=2), Reply.result({}))
        await settled()
        assert now(h.session(V)) == 32


async def test_when_another_starts_there_is_less_at_once():
    async with smart(sites=SITE) as h:
        started(h)
        await told_needs(h, h.session(V))
        started(h, "tx2", evse=2)
        await h.reply(V, "TransactionEvent", event("Started", "tx2", evse=2), Reply.result({}))
        await settled()
        assert now(h.session(V)) == 20


async def test_in_relay_mode_nobody_is_told_anything():
    async with smart(sites=SITE) as h:
        started(h)
        await told_needs(h, h.session(V))
        h.session(V).answers = "upstream"
        started(h, "tx2", evse=2)
        await h.reply(V, "TransactionEvent", event("Started", "tx2", evse=2), Reply.result({}))
        await settled()
        assert len(sent(h.session(V))) == 1


async def test_a_site_in_watts():
    async with smart(sites=[{"limit": 13_800, "unit": "W"}]) as h:
        started(h)
        started(h, "tx2", evse=2)
        await told_needs(h, h.session(V))
        assert now(h.session(V)) == 10


@pytest.mark.parametrize("count", [3, 5])
async def test_all_together_stay_within_the_limit_at_every_moment(count: int):
    async with smart(sites=SITE) as h:
        stations = [h.session(V), *(joined(h, f"CP{number:03}") for number in range(2, count + 1))]
        held: dict[str, float] = {}

        def taken(session):
            def reply(payload):
                held[session.identity] = max(limit for _, limit in levels(payload))
                assert sum(held.values()) <= 40 + 1e-6
                return Reply.result({"status": "Accepted"})

            return reply

        for number, session in enumerate(stations):
            session.replies["SetChargingProfile"] = taken(session)
            started(h, f"tx{number}", identity=session.identity)
            await told_needs(h, session, ac={"evMinCurrent": 1})
        await h.reply(V, "TransactionEvent", event("Started", "tx0"), Reply.result({}))
        await settled()
        assert sum(held.values()) == pytest.approx(40, abs=0.1 * count)
        assert max(held.values()) - min(held.values()) <= 0.1
