"""Running handlers on messages: outcomes, order, errors, time limits."""

import asyncio

import pytest

from broker.hooks import (
    Answer,
    BasePlugin,
    Direction,
    Drop,
    Event,
    Plugins,
    PluginSpec,
    Reject,
    Replace,
    answer,
    begin_record,
    finish_record,
    observe,
    on_call,
    on_reply,
    record,
    run_answer,
    run_observe,
    run_on_call,
    run_on_reply,
)
from broker.hooks.run import SAMPLE
from broker.ocpp import Call, ErrorKind, Reply, Version
from broker.records import StoreFailed
from broker.testing import TestSession


def plugin(hook, function, **attributes):
    """A plugin class whose only handler of Heartbeat is `function`."""
    function.__name__ = "handle"
    return type("Made", (BasePlugin,), {"handle": hook("ocpp1.6", "Heartbeat")(function), **attributes})


class Rig:
    def __init__(self, *classes):
        self.plugins = Plugins.load([PluginSpec(f"p{n}", {}, cls) for n, cls in enumerate(classes)])
        self.chain = self.plugins.table(Version.V16).chain(Direction.FROM_STATION, "Heartbeat")
        self.session = TestSession()
        self.made = Call("Heartbeat", b'{"price": 1.50}', version=Version.V16, id="7", id_json=b'"7"')

    async def on_call(self):
        return await run_on_call(self.chain.on_call, self.session, self.made)

    async def answer(self):
        assert self.chain.answer is not None
        return await run_answer(self.chain.answer, self.session, self.made)

    async def record(self, reply):
        return await finish_record(begin_record(self.chain.record, self.session, self.made, reply))

    async def on_reply(self, reply):
        return await run_on_reply(self.chain.on_reply, self.session, self.made, reply)


def returns(value):
    return lambda self, session, call: value


def raises(error):
    def handle(self, session, call):
        raise error

    return handle


def later(value):
    async def handle(self, session, call):
        await asyncio.sleep(0)
        return value

    return handle


async def test_hook_on_call_none_passes_the_very_same_call():
    rig = Rig(plugin(on_call, returns(None)), plugin(on_call, later(None)))
    assert await rig.on_call() is rig.made


async def test_replace_is_what_the_next_handler_sees_and_untouched_numbers_keep_their_text():
    seen = []

    def first(self, session, call):
        return Replace({**call.payload, "a": 1})

    async def second(self, session, call):
        await asyncio.sleep(0)
        seen.append(call.payload["a"])
        return Replace({**call.payload, "b": 2})

    out = await Rig(plugin(on_call, first), plugin(on_call, second)).on_call()
    assert (seen, out.raw, out.id_json) == ([1], b'{"price":1.50,"a":1,"b":2}', b'"7"')


async def test_mixed_sync_and_async_handlers_run_one_after_the_other_in_order():
    ran = []

    def sync(name):
        return lambda self, session, call: ran.append(name)

    def slow(name):
        async def handle(self, session, call):
            await asyncio.sleep(0)
            ran.append(name)

        return handle

    await Rig(*(plugin(on_call, f) for f in (slow("a"), sync("b"), slow("c"), sync("d")))).on_call()
    assert ran == ["a", "b", "c", "d"]


@pytest.mark.parametrize("outcome", [Answer({"currentTime": "x"}), Reject(ErrorKind.SECURITY, "no"), Drop()])
@pytest.mark.parametrize("how", [returns, later])
async def test_an_answer_a_reject_and_a_drop_end_the_chain(outcome, how):
    ran = []
    rig = Rig(plugin(on_call, how(outcome)), plugin(on_call, lambda self, session, call: ran.append(1)))
    assert await rig.on_call() == outcome
    assert ran == []
    assert [stats.calls for stats in rig.plugins.stats.values()] == [1, 0]


@pytest.mark.parametrize(
    "bad",
    [
        {"a": 1},
        True,
        Replace("text"),
        Answer(None),
        Replace({"a": object()}),
        Answer({"a": object()}),
        Reject("X", "", {"a": object()}),
    ],
)
async def test_what_on_call_cannot_return_is_a_failure_that_is_skipped(bad, caplog):
    rig = Rig(plugin(on_call, returns(bad)))
    assert await rig.on_call() is rig.made
    assert rig.plugins.stats["p0"].errors == 1
    assert "plugin p0 failed in p0.handle (skip)" in caplog.text


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3), asyncio.CancelledError(), RecursionError()])
async def test_what_a_handler_raises_is_cut_at_the_border(error):
    rig = Rig(plugin(on_call, raises(error)), plugin(on_call, returns(Answer({}))))
    assert await rig.on_call() == Answer({})
    assert rig.plugins.stats["p0"].errors == 1


async def test_a_plugin_that_rejects_on_error_ends_the_chain():
    rig = Rig(plugin(on_call, raises(KeyError()), on_error="reject"), plugin(on_call, returns(Answer({}))))
    outcome = await rig.on_call()
    assert isinstance(outcome, Reject)
    assert outcome.reply(Version.V16).code == "InternalError"


async def test_a_handler_that_takes_too_long_is_stopped():
    stopped = []

    async def hangs(self, session, call):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(True)

    rig = Rig(plugin(on_call, hangs, time_limit=0.01))
    assert await rig.on_call() is rig.made
    stats = rig.plugins.stats["p0"]
    assert (stopped, stats.errors, stats.timeouts, stats.waiting) == ([True], 1, 1, 0)


async def test_a_timeout_of_the_plugin_itself_is_a_failure_and_no_time_limit():
    async def impatient(self, session, call):
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()

    rig = Rig(plugin(on_call, impatient))
    await rig.on_call()
    assert (rig.plugins.stats["p0"].errors, rig.plugins.stats["p0"].timeouts) == (1, 0)


async def test_a_cancellation_from_outside_passes_on():
    async def hangs(self, session, call):
        await asyncio.Event().wait()

    rig = Rig(plugin(on_call, hangs))
    task = asyncio.create_task(rig.on_call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rig.plugins.stats["p0"].errors == 0


@pytest.mark.parametrize("how", [returns, later])
async def test_hook_answer_may_be_a_dict_an_answer_or_a_reject(how):
    assert (await Rig(plugin(answer, how({"a": 1}))).answer()).payload == {"a": 1}
    assert (await Rig(plugin(answer, how(Answer({"a": 1})))).answer()).payload == {"a": 1}
    assert (await Rig(plugin(answer, how(Reject(ErrorKind.FORMAT)))).answer()).code == "FormationViolation"


@pytest.mark.parametrize("bad", [None, "text", Replace({}), {"a": object()}])
async def test_an_answer_that_is_none_is_internal_error(bad):
    rig = Rig(plugin(answer, returns(bad)))
    reply = await rig.answer()
    assert (reply.code, rig.plugins.stats["p0"].errors) == ("InternalError", 1)


async def test_a_send_needs_no_answer():
    rig = Rig(plugin(answer, returns(None)))
    rig.made = Call("Heartbeat", b"{}", version=Version.V21, expects_reply=False)
    assert (await rig.answer()).is_result
    assert rig.plugins.stats["p0"].errors == 0


async def test_hook_on_reply_replies_are_changed_in_order():
    def add(key):
        return lambda self, session, call, reply: Replace({**reply.payload, key: 1})

    async def later_add(self, session, call, reply):
        await asyncio.sleep(0)
        return Replace({**reply.payload, "c": 1})

    rig = Rig(*(plugin(on_reply, f) for f in (add("a"), add("b"), later_add)))
    assert list((await rig.on_reply(Reply.result({}))).payload) == ["a", "b", "c"]


async def test_hook_record_all_are_called_and_the_async_ones_are_finished_in_order():
    seen = []

    def wait(name, steps):
        async def handle(self, session, call, reply):
            for _ in range(steps):
                await asyncio.sleep(0)
            seen.append((name, call.action, reply.is_result))

        return handle

    rig = Rig(*(plugin(record, f) for f in (wait("a", 3), lambda self: seen.append("sync"), wait("b", 0))))
    assert await rig.record(Reply.result({})) == ""
    assert seen == ["sync", ("a", "Heartbeat", True), ("b", "Heartbeat", True)]


async def test_a_recorder_that_cannot_keep_something_is_told_of_and_is_no_failure_and_the_others_go_on():
    seen = []

    async def full(self, session, call, reply):
        raise StoreFailed("full")

    async def broken(self, session, call, reply):
        raise KeyError

    def broken_at_once(self, session, call, reply):
        raise KeyError

    async def fine(self, session, call, reply):
        seen.append(1)

    rig = Rig(*(plugin(record, f) for f in (full, broken, broken_at_once, fine)))
    assert await rig.record(Reply.result({})) == "full"
    assert seen == [1]
    assert [rig.plugins.stats[f"p{n}"].errors for n in range(4)] == [0, 1, 1, 0]
    assert [rig.plugins.stats[f"p{n}"].calls for n in range(4)] == [1, 1, 1, 1]


async def test_a_recorder_that_takes_too_long_has_not_kept_it():
    async def slow(self, session, call, reply):
        await asyncio.sleep(60)

    rig = Rig(plugin(record, slow, time_limit=0.01))
    assert await rig.record(Reply.result({})) == "plugin p0 was too slow"
    assert rig.plugins.stats["p0"].timeouts == 1


async def test_a_reply_nobody_changes_is_the_very_same():
    reply = Reply.result({})
    assert await Rig(plugin(on_reply, lambda self, reply: None)).on_reply(reply) is reply


@pytest.mark.parametrize(("on_error", "code"), [("skip", ""), ("reject", "InternalError")])
async def test_a_failure_on_a_reply_follows_on_error(on_error, code):
    def fail(self, session, call, reply):
        raise KeyError

    rig = Rig(plugin(on_reply, fail, on_error=on_error))
    assert (await rig.on_reply(Reply.result({}))).code == code
    assert (await rig.on_reply(Reply.error("GenericError"))).code == "GenericError"


async def test_an_error_reply_has_no_payload_to_replace():
    rig = Rig(plugin(on_reply, lambda self, session, call, reply: Replace({})))
    assert (await rig.on_reply(Reply.error("GenericError"))).code == "GenericError"
    assert rig.plugins.stats["p0"].errors == 1


def test_hook_observe_an_observer_that_fails_stops_nobody():
    seen = []

    def fail(self, session, event):
        raise KeyError

    def note(self, event):
        seen.append(event.action)

    rig = Rig(plugin(observe, fail), plugin(observe, note))
    event = Event("call", 0.0, Direction.FROM_STATION, "local", "Heartbeat", "1", b"{}")
    run_observe(rig.chain.observe, rig.session, event)
    assert seen == ["Heartbeat"]
    assert [stats.calls for stats in rig.plugins.stats.values()] == [1, 1]


@pytest.mark.parametrize("on_error", ["skip", "reject"])
async def test_the_sampled_run_does_the_same_as_the_others(on_error):
    turns = []

    async def fails_at_the_sample(self, session, call):
        turns.append(1)
        if len(turns) == SAMPLE:
            raise KeyError

    rig = Rig(plugin(on_call, fails_at_the_sample, on_error=on_error), plugin(on_call, returns(Replace({"a": 1}))))
    outcomes = [await rig.on_call() for _ in range(SAMPLE)]
    assert [o.payload for o in outcomes[:-1]] == [{"a": 1}] * (SAMPLE - 1)
    assert isinstance(outcomes[-1], Reject if on_error == "reject" else Call)
    stats = rig.plugins.stats
    assert (stats["p0"].calls, stats["p0"].errors) == (SAMPLE, 1)
    assert stats["p1"].calls == SAMPLE - (on_error == "reject")
    assert stats["p0"].seconds > 0


async def test_replies_answers_and_events_are_sampled_too():
    rig = Rig(
        plugin(on_reply, lambda self, session, call, reply: Replace({"a": 1})),
        plugin(answer, returns({})),
        plugin(observe, lambda self, event: None),
    )
    event = Event("call", 0.0, Direction.FROM_STATION, "local", "Heartbeat", "1", b"{}")
    for _ in range(SAMPLE):
        assert (await rig.on_reply(Reply.result({}))).payload == {"a": 1}
        await rig.answer()
        run_observe(rig.chain.observe, rig.session, event)
    assert all(stats.seconds > 0 and stats.calls == SAMPLE for stats in rig.plugins.stats.values())
