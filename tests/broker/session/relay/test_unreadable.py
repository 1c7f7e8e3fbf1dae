"""Frames that are not OCPP-J: counted, shown, answered where that is possible."""

from types import SimpleNamespace
from typing import ClassVar

import pytest

from broker.api import BasePlugin, observe
from broker.hooks import ContextFactory, Direction, Plugins, PluginSpec
from broker.metrics import Metrics
from broker.ocpp import FrameLimits, Malformed, Version, parse
from broker.session.relay.unreadable import Unreadable


class Socket:
    def __init__(self):
        self.sent = []

    def send(self, text):
        self.sent.append(text)


class Watcher(BasePlugin):
    seen: ClassVar = []

    @observe("*")
    def look(self, session, event):
        Watcher.seen.append((event.kind, event.peer))


def bench(version=Version.V16, plugins=()):
    metrics = Metrics()
    contexts = ContextFactory(registry=metrics.registry)
    loaded = Plugins.load([PluginSpec(p.__name__, plugin=p) for p in plugins], context=contexts)
    shared = SimpleNamespace(metrics=metrics, plugins=loaded)
    session = SimpleNamespace(identity="CP", version=version)
    leg = SimpleNamespace(direction=Direction.FROM_STATION, name="station", socket=Socket())
    return Unreadable(session, shared), leg, metrics


def bad(text, version=Version.V16, depth=32):
    made = parse(text, version, FrameLimits(depth=depth, bytes=1 << 20), origin="station")
    assert isinstance(made, Malformed), made
    return made


def sample(metrics, name, **labels):
    return metrics.registry.get_sample_value(name, labels) or 0.0


def test_what_is_no_json_is_counted_by_leg_and_reason():
    unreadable, leg, metrics = bench()
    assert unreadable.take(leg, "station", bad("nonsense"), "nonsense") is None
    reason = bad("nonsense").reason
    assert sample(metrics, "switchboard_bad_frames_total", leg="station", reason=reason) == 1


def test_an_answer_that_is_broken_stands_for_an_error_to_whoever_asked():
    unreadable, leg, _ = bench()
    reply = unreadable.take(leg, "station", bad('[3,"a-1"]'), '[3,"a-1"]')
    assert not reply.is_result
    assert (reply.id, reply.id_json) == ("a-1", b'"a-1"')
    assert reply.code == "InternalError"
    assert leg.socket.sent == [], "an answer is not answered"


def test_a_call_that_is_broken_is_answered_under_its_id_and_stands_for_nothing():
    unreadable, leg, _ = bench()
    assert unreadable.take(leg, "station", bad('[2,"7","Heartbeat"]'), '[2,"7","Heartbeat"]') is None
    (answer,) = leg.socket.sent
    assert '[4,"7",' in (answer if isinstance(answer, str) else answer.decode())


def test_a_leg_that_is_gone_is_not_answered():
    unreadable, leg, _ = bench()
    leg.socket = None
    assert unreadable.take(leg, "station", bad('[2,"7","Heartbeat"]'), "") is None


def test_json_that_is_too_deep_is_a_limit_that_was_hit():
    unreadable, leg, metrics = bench()
    text = '[2,"1","Heartbeat",' + '{"a":' * 9 + "1" + "}" * 9 + "]"
    unreadable.take(leg, "station", bad(text, depth=4), text)
    assert sample(metrics, "switchboard_limit_hits_total", limit="json_depth") == 1


def test_only_the_first_few_are_logged(capsys):
    unreadable, leg, metrics = bench()
    for _ in range(8):
        unreadable.take(leg, "station", bad("nonsense"), "nonsense")
    assert capsys.readouterr().out.count("bad frame") == 5
    assert sample(metrics, "switchboard_bad_frames_total", leg="station", reason=bad("nonsense").reason) == 8


@pytest.mark.parametrize("name", ["station", "main"])
def test_whoever_observes_is_shown_it(name):
    Watcher.seen = []
    unreadable, leg, _ = bench(plugins=[Watcher])
    leg.name = name
    unreadable.take(leg, "station", bad("nonsense"), "nonsense")
    assert Watcher.seen == [("malformed", name)]
