"""The lab can fail: what a case leaves behind at its end is told, with all that was wrong on the wire."""

from contextlib import suppress

import pytest
from e2e_kit import Refused
from lab_kit import IDENTITY
from story_kit import booted, charging

pytestmark = pytest.mark.parametrize("transport", [1])


async def of_a_case(lab, step):
    """A case of one step behind a boot."""
    async with lab.station() as station:
        await booted(station)
        await step(station)


async def test_a_case_that_leaves_nothing_behind(lab):
    async def step(station):
        asked = station.expect("ClearCache", {"status": "Accepted"})
        await lab.call("ClearCache", {})
        await asked

    await of_a_case(lab, step)


async def test_a_call_that_no_step_expects(lab):
    async def step(station):
        with suppress(Refused):
            await lab.call("ClearCache", {})

    with pytest.raises(AssertionError, match="ClearCache, which no step of the case expects"):
        await of_a_case(lab, step)


async def test_a_call_that_never_came(lab):
    async def step(station):
        station.expect("ClearCache", {"status": "Accepted"})

    with pytest.raises(AssertionError, match="ClearCache"):
        await of_a_case(lab, step)


async def test_a_plugin_that_failed(lab):
    async def step(station):
        lab.broker.plugins.stats["ocpp16.core"].errors += 1

    with pytest.raises(AssertionError, match=r"ocpp16\.core"):
        await of_a_case(lab, step)


async def test_a_frame_that_the_broker_did_not_like(lab):
    async def step(station):
        lab.broker.metrics.violation("ocpp1.6", "from_station", "NotSupported")

    with pytest.raises(AssertionError, match="schema_violations"):
        await of_a_case(lab, step)


async def test_faults_are_told_with_another_failure(lab):
    async def step(station):
        lab.rules.faults.append("CSMS: a fault")
        raise AssertionError("another failure")

    with pytest.raises(AssertionError, match="another failure") as raised:
        await of_a_case(lab, step)
    assert raised.value.__notes__ == ["on the wire: CSMS: a fault"]


async def test_a_power_failure_is_not_judged_and_the_next_connection_is(lab):
    async def step(station):
        await charging(station)
        station.expect("ClearCache", {"status": "Accepted"})
        await station.loses_its_connection()

    await of_a_case(lab, step)
    assert lab.broker.sessions.get(IDENTITY) is None
    lab.rules.faults.append("CSMS: a fault before the power failure")
    with pytest.raises(AssertionError, match="before the power failure"):
        async with lab.station() as station:
            await booted(station)


async def test_a_door_that_does_not_know_the_station(lab):
    assert (await lab.knocks(password="wrong")).status_code == 401
    assert (await lab.knocks()).status_code == 101
