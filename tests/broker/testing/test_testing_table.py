import pytest

from broker.api import (
    Action,
    Answer,
    BasePlugin,
    Direction,
    Drop,
    ErrorKind,
    Event,
    Reject,
    Replace,
    Reply,
    Version,
    answer,
    hookimpl,
    observe,
    on_call,
    on_reply,
)
from broker.testing import Dropped, NotForwarded, PluginFailed, harness


class Sample(BasePlugin):
    """Does what its option says."""

    class Config(BasePlugin.Config):
        does: str = ""

    @on_call("ocpp1.6", "Authorize")
    def judge(self, session, call):
        outcomes = {
            "answer": Answer({"idTagInfo": {"status": "Accepted"}}),
            "invalid": Answer({"nonsense": 1}),
            "reject": Reject(ErrorKind.SECURITY, "no"),
            "drop": Drop(),
            "replace": Replace({"idTag": "OTHER"}),
        }
        if self.config.does == "fail":
            raise KeyError
        return outcomes.get(self.config.does)

    @answer("ocpp1.6", "Heartbeat")
    def beat(self, session, call):
        return {"currentTime": self.clock.iso()}

    @on_reply("ocpp1.6", "Authorize")
    def change(self, session, call, reply):
        return Replace({"idTagInfo": {"status": "Blocked"}}) if self.config.does == "reply" else None

    @observe()
    def look(self, session, event):
        session.state["saw"] = event.action


async def test_a_call_is_answered_by_the_plugin():
    h = harness(Sample)
    assert (await h.call("ocpp1.6", "Heartbeat", {})).payload == {"currentTime": "2026-01-01T00:00:00.000Z"}
    h.clock.advance(1)
    assert (await h.call("ocpp1.6", "Heartbeat", {})).payload == {"currentTime": "2026-01-01T00:00:01.000Z"}


async def test_a_call_nobody_answers_gets_the_brokers_own_error():
    assert (await harness(Sample).call("ocpp1.6", "Authorize", {"idTag": "A"})).code == "NotSupported"
    assert (await harness(Sample).call("ocpp1.6", "NoSuchAction", {})).code == "NotImplemented"


class Owner(BasePlugin):
    """Answers an action of its own, against its own schema."""

    @hookimpl
    def register_actions(self):
        schema = {"type": "object", "required": ["done"]}
        return [Action(Version.V16, "Blink", Direction.FROM_STATION, result_schema=schema)]

    @answer("ocpp1.6", "Blink")
    def blink(self, session, call):
        return {}


async def test_an_answer_against_the_plugins_own_schema_fails():
    with pytest.raises(AssertionError, match="Blink: payload: done is missing"):
        await harness(Owner).call("ocpp1.6", "Blink", {})


async def test_outcomes_of_on_call():
    tag = {"idTag": "A"}
    reply = await harness(Sample, does="answer").call("ocpp1.6", "Authorize", tag)
    assert reply.payload["idTagInfo"] == {"status": "Accepted"}
    assert (await harness(Sample, does="reject").call("ocpp1.6", "Authorize", tag)).code == "SecurityError"
    assert (await harness(Sample, does="replace").forward("ocpp1.6", "Authorize", tag)).payload == {"idTag": "OTHER"}
    with pytest.raises(Dropped):
        await harness(Sample, does="drop").call("ocpp1.6", "Authorize", tag)
    with pytest.raises(NotForwarded) as caught:
        await harness(Sample, does="drop").forward("ocpp1.6", "Authorize", tag)
    assert caught.value.outcome == Drop()


async def test_an_answer_against_its_schema_fails_the_test():
    with pytest.raises(AssertionError, match="Authorize"):
        await harness(Sample, does="invalid").call("ocpp1.6", "Authorize", {"idTag": "A"})


async def test_a_plugin_that_fails_fails_the_test_unless_errors_are_cut():
    h = harness(Sample, does="fail")
    with pytest.raises(PluginFailed, match="Sample failed"):
        await h.call("ocpp1.6", "Authorize", {"idTag": "A"})
    h.cut_errors = True
    assert (await h.call("ocpp1.6", "Authorize", {"idTag": "A"})).code == "NotSupported"


async def test_a_reply_on_its_way_back():
    reply = Reply.result({"idTagInfo": {"status": "Accepted"}})
    changed = await harness(Sample, does="reply").reply("ocpp1.6", "Authorize", {"idTag": "A"}, reply)
    assert changed.payload == {"idTagInfo": {"status": "Blocked"}}


async def test_an_event_for_the_observers():
    h = harness(Sample)
    h.observe("ocpp1.6", Event("call", 0.0, Direction.FROM_STATION, "local", "Heartbeat", "1", b"{}"))
    assert h.session("ocpp1.6").state["saw"] == "Heartbeat"
    await h.stop()
