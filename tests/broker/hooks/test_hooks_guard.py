"""The border around a plugin: counts, the log, the breaker."""

import logging

import pytest

from broker.hooks import (
    BasePlugin,
    ContextFactory,
    Direction,
    Plugins,
    PluginSpec,
    Reject,
    answer,
    on_call,
    run_answer,
    run_on_call,
)
from broker.hooks.breaker import OFF_FOR, THRESHOLD
from broker.ocpp import Call, Version
from broker.testing import StoppedClock, TestSession


class Flaky(BasePlugin):
    """Fails while the test says so."""

    failing = True

    @on_call("ocpp1.6", "Heartbeat")
    def handle(self, session, call):
        if Flaky.failing:
            raise KeyError("secret-free")

    @answer("ocpp1.6", "Heartbeat")
    def beat(self, session, call):
        return {}


class Strict(Flaky):
    """The same, failing closed."""

    on_error = "reject"


@pytest.fixture(autouse=True)
def failing():
    Flaky.failing = True
    yield
    Flaky.failing = True


class Rig:
    def __init__(self, cls):
        self.clock = StoppedClock()
        self.plugins = Plugins.load([PluginSpec("flaky", {}, cls)], context=ContextFactory(clock=self.clock))
        self.chain = self.plugins.table(Version.V16).chain(Direction.FROM_STATION, "Heartbeat")
        self.call = Call.of("Heartbeat", {}, version=Version.V16)
        self.stats = self.plugins.stats["flaky"]

    async def run(self, times=1):
        for _ in range(times):
            outcome = await run_on_call(self.chain.on_call, TestSession(), self.call)
        return outcome


async def test_a_plugin_that_keeps_failing_is_switched_off_and_says_so(caplog):
    rig = Rig(Flaky)
    await rig.run(THRESHOLD)
    assert rig.stats.breaker_open
    assert await rig.run(5) is rig.call
    assert (rig.stats.calls, rig.stats.errors) == (THRESHOLD, THRESHOLD)
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warnings == ["plugin flaky keeps failing and is switched off for a while: it is skipped"]


async def test_a_policy_plugin_keeps_rejecting_while_it_is_off():
    rig = Rig(Strict)
    await rig.run(THRESHOLD)
    assert isinstance(await rig.run(), Reject)
    assert rig.stats.calls == THRESHOLD


async def test_the_other_handlers_of_the_plugin_are_off_too():
    rig = Rig(Flaky)
    await rig.run(THRESHOLD)
    reply = await run_answer(rig.chain.answer, TestSession(), rig.call)
    assert reply.code == "InternalError"


async def test_after_its_time_a_good_call_switches_it_on_again():
    rig = Rig(Flaky)
    await rig.run(THRESHOLD)
    rig.clock.advance(OFF_FOR)
    Flaky.failing = False
    await rig.run()
    assert not rig.stats.breaker_open
    Flaky.failing = True
    await rig.run()
    assert not rig.stats.breaker_open
    assert (await run_answer(rig.chain.answer, TestSession(), rig.call)).is_result


async def test_after_its_time_a_bad_call_switches_it_off_at_once():
    rig = Rig(Flaky)
    await rig.run(THRESHOLD)
    rig.clock.advance(OFF_FOR)
    await rig.run()
    assert rig.stats.breaker_open
    assert rig.stats.errors == THRESHOLD + 1


async def test_a_success_in_between_keeps_it_on():
    rig = Rig(Flaky)
    for _ in range(THRESHOLD):
        await rig.run(THRESHOLD - 1)
        Flaky.failing = False
        await rig.run()
        Flaky.failing = True
    assert not rig.stats.breaker_open


async def test_the_same_failure_is_logged_once_a_minute_with_a_cut_traceback(caplog):
    rig = Rig(Flaky)
    await rig.run(3)
    errors = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "plugin flaky failed in flaky.handle" in errors[0]
    assert "KeyError" in errors[0]
    rig.clock.advance(61)
    await rig.run()
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 2
