"""EVs that tell their needs get a schedule, keep within it, and get another one when something has changed."""

import pytest
from ocpp201_smart_kit import (
    ACCEPTED,
    LIMIT,
    REJECTED,
    V21,
    V,
    asked,
    ended,
    ev_schedule,
    event,
    known,
    knows,
    levels,
    needs,
    profile,
    sent,
    settled,
    smart,
    started,
    status,
    told,
)

from broker.api import BasePlugin, CallTimeout, Reply


class Transfer(BasePlugin):
    """What tells which energy transfers an EV may have."""

    name = "transfer"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared["ocpp21.bidirectional"] = self

    async def allowed(self, session, transaction, mode):
        return mode != "DC_BPT"


async def test_an_ev_gets_its_schedule_after_the_answer():
    """K_53."""
    async with smart() as h:
        started(h)
        reply = await h.call(V, "NotifyEVChargingNeeds", needs())
        assert reply.payload == {"status": "Accepted"}
        assert sent(h.session(V)) == []
        await settled()
        (payload,) = sent(h.session(V))
        assert payload["evseId"] == 1
        found = payload["chargingProfile"]
        assert (found["chargingProfilePurpose"], found["transactionId"]) == ("TxProfile", "tx1")
        assert found["chargingProfileKind"] == "Absolute"
        assert levels(payload) == [(0, 32.0)]
        assert await known(h) == [found["id"]]


async def test_needs_before_their_transaction_are_processing_until_it_starts():
    async with smart() as h:
        assert await status(h, needs(evse=2)) == "Processing"
        await h.reply(V, "TransactionEvent", event("Updated", "tx9", evse=1), Reply.result({}))
        assert sent(h.session(V)) == []
        started(h, "tx2", evse=2)
        await h.reply(V, "TransactionEvent", event("Started", "tx2", evse=2), Reply.result({}))
        await settled()
        (payload,) = sent(h.session(V))
        assert (payload["evseId"], payload["chargingProfile"]["transactionId"]) == (2, "tx2")
        await h.reply(V, "TransactionEvent", event("Updated", "tx2", evse=2), Reply.result({}))
        await settled()
        assert len(sent(h.session(V))) == 1


async def test_needs_that_wait_outlive_the_process():
    async with smart() as h:
        await status(h, needs())
        kept = await h.records.documents.all("ocpp201.smart_charging")
    async with smart() as h:
        for identity, key, value in kept:
            h.records.later(h.records.documents.put("ocpp201.smart_charging", identity, key, value))
        await h.plugins.start(None)
        started(h)
        await h.reply(V, "TransactionEvent", event("Updated"), Reply.result({}))
        await settled()
        assert len(sent(h.session(V))) == 1


@pytest.mark.parametrize(("version", "answer"), [(V, "Rejected"), (V21, "NoChargingProfile")])
async def test_where_no_schedule_may_be_made_there_is_none(version, answer):
    """K_126: 2.0.1 has no other word for it than Rejected."""
    async with smart(version=version, without_schedule=["CP00?"]) as h:
        started(h)
        assert await status(h, needs(), version) == answer
        assert sent(h.session(version)) == []


@pytest.mark.parametrize(("version", "answer"), [(V, "Rejected"), (V21, "NoChargingProfile")])
async def test_needs_that_cannot_be_read_get_none(version, answer):
    async with smart(version=version) as h:
        started(h)
        assert await status(h, {"evseId": 1, "chargingNeeds": "x"}, version) == answer
        assert await status(h, {}, version) == answer


async def test_needs_of_which_nothing_follows_get_none():
    async with smart(version=V21) as h:
        started(h)
        dc = {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "DC"}}
        assert await status(h, dc, V21) == "NoChargingProfile"
        assert sent(h.session(V21)) == []


async def test_an_energy_transfer_that_is_not_allowed_is_rejected():
    """Q_103."""
    async with smart(Transfer, version=V21) as h:
        started(h)
        dc = {"requestedEnergyTransfer": "DC_BPT", "v2xChargingParameters": {"maxChargePower": 1000}}
        assert await status(h, {"evseId": 1, "chargingNeeds": dc}, V21) == "Rejected"
        assert await status(h, needs(), V21) == "Accepted"


async def test_another_departure_makes_another_schedule_in_its_place():
    """K_57, K_117."""
    async with smart(prices=[0.3] * 6 + [0.1] * 18) as h:
        started(h)
        await status(h, needs(departureTime="2026-01-01T08:00:00Z"))
        await status(h, needs(departureTime="2026-01-01T05:00:00Z"))
        first, second = sent(h.session(V))
        assert first["chargingProfile"]["id"] == second["chargingProfile"]["id"]
        assert levels(first) == [(0, 0.0), (21_600, 32.0)]
        assert levels(second) == [(0, 32.0)]


async def test_the_station_and_the_ev_limit_the_periods():
    async with smart(prices=[0.1, 0.3] * 12) as h:
        started(h)
        await status(h, needs(departureTime="2026-01-01T10:00:00Z", ac={"energyAmount": 60_000}))
        await status(h, needs(departureTime="2026-01-01T10:00:00Z", ac={"energyAmount": 60_000}, tuples=3))
        knows(h, PeriodsPerSchedule="2")  # of which it needs one
        await status(h, needs(departureTime="2026-01-01T10:00:00Z", ac={"energyAmount": 60_000}, tuples=3))
        assert [len(levels(each)) for each in sent(h.session(V))] == [5, 3, 1]


async def test_an_ev_that_keeps_within_its_schedule_is_accepted():
    async with smart() as h:
        started(h)
        await status(h, needs())
        reply = await h.call(V, "NotifyEVChargingSchedule", ev_schedule(32.0))
        await settled()
        assert reply.payload == {"status": "Accepted"}
        assert len(sent(h.session(V))) == 1


async def test_an_ev_above_its_schedule_is_rejected_and_gets_it_again():
    """K_55."""
    async with smart() as h:
        started(h)
        await status(h, needs())
        reply = await h.call(V, "NotifyEVChargingSchedule", ev_schedule(33.0))
        assert reply.payload["status"] == "Rejected"
        assert len(sent(h.session(V))) == 1
        await settled()
        first, second = sent(h.session(V))
        assert first["chargingProfile"]["id"] == second["chargingProfile"]["id"]
        assert second["chargingProfile"]["transactionId"] == "tx1"


async def test_an_ev_that_never_keeps_within_it_is_not_asked_for_ever():
    async with smart() as h:
        started(h)
        await status(h, needs())
        for _ in range(8):
            await h.call(V, "NotifyEVChargingSchedule", ev_schedule(33.0))
            await settled()
        assert len(sent(h.session(V))) == 6
        await h.call(V, "NotifyEVChargingSchedule", ev_schedule(32.0))
        await h.call(V, "NotifyEVChargingSchedule", ev_schedule(33.0))
        await settled()
        assert len(sent(h.session(V))) == 7


async def test_a_schedule_where_nothing_was_set_is_accepted():
    async with smart() as h:
        for payload in (ev_schedule(32.0), {}, {"evseId": 1, "chargingSchedule": 7}):
            assert (await h.call(V, "NotifyEVChargingSchedule", payload)).payload == {"status": "Accepted"}
            started(h)
        assert sent(h.session(V)) == []


async def test_the_profile_of_an_operator_counts_too_and_the_one_on_top():
    async with smart() as h:
        started(h)
        mine = profile(9, "TxProfile", limit=10.0, transactionId="tx1", stackLevel=5)
        await asked(h, "SetChargingProfile", {"evseId": 1, "chargingProfile": mine}, ACCEPTED)
        low = profile(8, "TxProfile", limit=6.0, transactionId="tx1")
        await asked(h, "SetChargingProfile", {"evseId": 1, "chargingProfile": low}, ACCEPTED)
        assert (await h.call(V, "NotifyEVChargingSchedule", ev_schedule(11.0))).payload["status"] == "Rejected"
        assert (await h.call(V, "NotifyEVChargingSchedule", ev_schedule(10.0))).payload["status"] == "Accepted"


async def test_in_relay_mode_it_knows_and_says_nothing():
    async with smart() as h:
        started(h)
        await told(h, "NotifyEVChargingNeeds", needs(), ACCEPTED)
        await told(h, "NotifyChargingLimit", LIMIT)
        await told(h, "NotifyEVChargingSchedule", ev_schedule(99.0), REJECTED)
        await settled()
        assert sent(h.session(V)) == []
        shown = await h.operate(V, "charging-limits", {})
        assert len(shown["chargingLimits"]) == 1
        (known_needs,) = shown["chargingNeeds"]
        assert (known_needs["evseId"], known_needs["transactionId"]) == (1, "tx1")


async def test_needs_that_an_upstream_has_taken_are_no_promise_of_ours():
    async with smart() as h:
        await told(h, "NotifyEVChargingNeeds", needs(), Reply.result({"status": "Processing"}))
        await h.plugins.start(None)
        started(h)
        await h.reply(V, "TransactionEvent", event("Started"), Reply.result({}))
        await settled()
        assert sent(h.session(V)) == []


async def test_what_started_with_an_upstream_is_for_the_upstream_to_plan():
    async with smart() as h:
        assert await status(h, needs()) == "Processing"
        started(h)
        await told(h, "TransactionEvent", event("Started"))
        await settled()
        assert sent(h.session(V)) == []


async def test_needs_do_not_wait_for_ever():
    async with smart() as h:
        assert await status(h, needs()) == "Processing"
        h.clock.advance(901)
        await h.reply(V, "TransactionEvent", event("Updated", "tx9", evse=2), Reply.result({}))
        assert await h.records.documents.all("ocpp201.smart_charging") == []
        started(h)
        await h.reply(V, "TransactionEvent", event("Started"), Reply.result({}))
        await settled()
        assert sent(h.session(V)) == []


async def test_refusals_are_forgotten_with_their_transaction():
    async with smart() as h:
        for _ in range(2):
            started(h)
            await status(h, needs())
            for _ in range(8):
                await h.call(V, "NotifyEVChargingSchedule", ev_schedule(33.0))
            await settled()
            ended(h)
            await told(h, "TransactionEvent", event("Ended"))
        assert len(sent(h.session(V))) == 2 * (1 + 5)


async def test_needs_end_with_their_transaction():
    async with smart() as h:
        started(h)
        await status(h, needs())
        ended(h)
        await told(h, "TransactionEvent", event("Ended"))
        assert await h.records.documents.all("ocpp201.smart_charging") == []


async def test_what_is_long_and_not_read_is_not_kept():
    async with smart(version=V21) as h:
        started(h)
        await status(h, needs(evEnergyOffer={"x": "y" * 1000}), V21)
        shown = await h.operate(V21, "charging-limits", {})
        assert "evEnergyOffer" not in shown["chargingNeeds"][0]["chargingNeeds"]


@pytest.mark.parametrize("reply", [REJECTED, Reply.error("InternalError", "")])
async def test_a_schedule_that_is_refused_is_noted(reply, caplog):
    async with smart() as h:
        h.session(V).replies["SetChargingProfile"] = reply
        started(h)
        await status(h, needs())
        assert "was refused" in caplog.text
        assert await known(h) == []


async def test_a_station_that_has_left_is_no_failure(caplog):
    async with smart() as h:

        def gone(payload):
            raise CallTimeout("SetChargingProfile")

        h.session(V).replies["SetChargingProfile"] = gone
        started(h)
        await status(h, needs())
        assert [one.message for one in caplog.records if one.levelname != "INFO"] == []


@pytest.mark.parametrize("version", [V, V21])
async def test_no_version_gets_what_it_does_not_know(version):
    wanted = {"requestedEnergyTransfer": "DC_BPT", "v2xChargingParameters": {"maxChargePower": 11_000.0}}
    async with smart(version=version) as h:
        started(h)
        await status(h, {"evseId": 1, "chargingNeeds": wanted}, version)
        assert len(sent(h.session(version))) == 1


async def test_for_what_could_feed_back_2_1_is_told_that_it_only_charges():
    """Q_107."""
    v2x = {"maxChargePower": 11_000.0, "maxDischargePower": 11_000.0}
    async with smart(version=V21) as h:
        started(h)
        wanted = {"requestedEnergyTransfer": "DC_BPT", "v2xChargingParameters": v2x}
        await status(h, {"evseId": 1, "chargingNeeds": wanted}, V21)
        (schedule,) = sent(h.session(V21))[0]["chargingProfile"]["chargingSchedule"]
        assert schedule["chargingRateUnit"] == "W"
        assert schedule["chargingSchedulePeriod"] == [
            {"startPeriod": 0, "limit": 11_000.0, "operationMode": "ChargingOnly"}
        ]


async def test_needs_of_many_evses_are_bounded():
    async with smart() as h:
        for evse in range(1, 80):
            await told(h, "NotifyEVChargingNeeds", needs(evse=evse), ACCEPTED)
        assert len((await h.operate(V, "charging-limits", {}))["chargingNeeds"]) == 50
