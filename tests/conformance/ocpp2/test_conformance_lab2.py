"""The lab of OCPP 2.x can fail: what a case leaves behind at a broker that others share is told, and told once."""

from contextlib import suppress

import pytest
from case_kit import V21, V201
from e2e_kit import Refused
from lab2_kit import VALID
from story2_kit import Charge, booted, nothing_runs

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("transport", [1]),
    pytest.mark.parametrize("version", [V201, V21]),
]


async def of_a_case(lab, step):
    """A case of one step behind a boot."""
    async with lab.station() as station:
        await booted(station)
        await step(station)


async def test_a_case_that_leaves_nothing_behind(lab):
    async def step(station):
        asked = station.expect("ClearCache", {"status": "Accepted"})
        assert await lab.call("ClearCache", {}) == {"status": "Accepted"}
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


async def test_a_plugin_that_failed_is_told_to_its_own_case_alone(lab):
    async def step(station):
        lab.broker.plugins.stats["ocpp201.provisioning"].errors += 1

    with pytest.raises(AssertionError, match=r"ocpp201\.provisioning"):
        await of_a_case(lab, step)
    await lab.register()

    async def nothing(station):
        """Another case."""

    await of_a_case(lab, nothing)


async def test_a_frame_that_the_broker_did_not_like(lab):
    async def step(station):
        lab.broker.metrics.violation(lab.version, "from_station", "NotSupported")

    with pytest.raises(AssertionError, match="schema_violations"):
        await of_a_case(lab, step)


async def test_each_case_has_a_station_of_its_own_with_the_cases_transport_alone(lab):
    assert (await lab.knocks(password="wrong")).status_code == 401
    assert (await lab.knocks(2)).status_code in (401, 403)
    assert (await lab.knocks()).status_code == 101
    await nothing_runs(lab)


async def test_a_broker_alone_comes_back_with_what_it_had(lab):
    async with lab.alone() as alone:
        async with alone.station() as station:
            await booted(station)
            charge = await Charge(alone, station).charging()
        await alone.restart()
        assert (await charge.runs()).token == VALID["idToken"]
        async with alone.station() as station:
            await booted(station)
    assert await lab.records.transactions.get(alone.identity, charge.id) is None


async def test_a_state_that_the_csms_does_not_accept_fails_the_case(lab):
    async def step(station):
        with pytest.raises(AssertionError):
            await Charge(lab, station, token={"idToken": "NOBODY", "type": "Central"}).authorized()

    await of_a_case(lab, step)
