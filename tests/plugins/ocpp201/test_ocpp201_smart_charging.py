"""The plugin as a whole: its actions, its answers, and what it offers to others."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocpp201_smart_kit import ID, V21, V, event, needs, smart, started, status

from broker.api import BasePlugin, Direction, Reply

FROM_STATION = (
    "ClearedChargingLimit",
    "NotifyChargingLimit",
    "NotifyEVChargingNeeds",
    "NotifyEVChargingSchedule",
    "ReportChargingProfiles",
)


class Peek(BasePlugin):
    """What looks at what the plugin offers."""

    name = "peek"

    def __init__(self, config, context):
        super().__init__(config, context)
        Peek.smart = self.shared["ocpp201.smart_charging"]


async def test_it_owns_the_actions_of_the_block_in_both_versions():
    async with smart(Peek):
        owned = {(each.version, each.name, each.direction) for each in Peek.smart.register_actions()}
        assert len(owned) == 2 * 9
        assert all((V, name, Direction.FROM_STATION) in owned for name in FROM_STATION)
        assert (V21, "SetChargingProfile", Direction.TO_STATION) in owned


async def test_once_nothing_waits_events_cost_nothing_again():
    async with smart(Peek) as h:
        assert not Peek.smart.awaits_event(ID)
        await status(h, needs())
        assert Peek.smart.awaits_event(ID)
        started(h)
        await h.reply(V, "TransactionEvent", event("Updated"), Reply.result({}))
        assert not Peek.smart.awaits_event(ID)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
members = st.sampled_from(
    [
        *("evseId", "chargingNeeds", "maxScheduleTuples", "timeBase", "chargingSchedule", "chargingLimit"),
        *("chargingLimitSource", "requestId", "chargingProfile", "tbc"),
    ]
)


@pytest.mark.parametrize("version", [V, V21])
@pytest.mark.parametrize("action", FROM_STATION)
async def test_whatever_a_station_says_is_answered(version, action):
    async with smart(version=version) as h:
        seen = []

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.dictionaries(members, anything, max_size=5))
        def payloads(payload):
            seen.append(payload)

        payloads()
        for payload in seen:
            assert (await h.call(version, action, payload)).is_result
