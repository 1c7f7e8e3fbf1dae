import pytest

from broker.hooks import Direction, answer, hookimpl, observe, on_call, on_reply
from broker.hooks.markers import Selector, marks_of
from broker.ocpp import Version


def handler(self, session, call):
    """Nothing."""


def fresh():
    return lambda self, session, call: None


def test_a_marked_method_is_a_real_hookimpl_with_its_selector():
    marked = on_call("ocpp1.6", "Heartbeat")(fresh())
    assert marked.switchboard_impl["specname"] == "on_call"
    assert marks_of(marked).selectors == (Selector(Version.V16, "Heartbeat", None),)


def test_several_versions_and_actions_are_all_selected():
    marks = marks_of(on_call(("ocpp2.0.1", "ocpp2.1"), "A", "B", direction=Direction.TO_STATION)(fresh()))
    assert {(s.version, s.action) for s in marks.selectors} == {
        (v, a) for v in (Version.V201, Version.V21) for a in "AB"
    }
    assert {s.direction for s in marks.selectors} == {Direction.TO_STATION}


def test_a_star_means_every_version():
    assert {s.version for s in marks_of(on_reply("*", "*")(fresh())).selectors} == set(Version)


def test_an_answer_is_for_calls_from_the_station_unless_it_says_otherwise():
    assert marks_of(answer("ocpp1.6", "Heartbeat")(fresh())).selectors[0].direction is Direction.FROM_STATION


def test_observe_without_anything_is_for_all_messages():
    assert {(s.version, s.action) for s in marks_of(observe()(fresh())).selectors} == {(v, "*") for v in Version}


def test_decorators_of_one_hook_add_up():
    marks = marks_of(on_call("ocpp1.6", "A")(on_call("ocpp2.1", "B")(fresh())))
    assert {s.action for s in marks.selectors} == {"A", "B"}


def test_one_method_cannot_serve_two_hooks():
    with pytest.raises(TypeError, match="already a handler of on_call"):
        answer("ocpp1.6", "A")(on_call("ocpp1.6", "A")(fresh()))


def test_an_unknown_version_names_the_known_ones():
    with pytest.raises(ValueError, match=r"ocpp1\.6, ocpp2\.0\.1, ocpp2\.1"):
        on_call("ocpp1.5", "A")


@pytest.mark.parametrize("actions", [(), ("",), (1,)])
def test_an_action_must_be_named(actions):
    with pytest.raises(ValueError, match="needs the actions"):
        on_call("ocpp1.6", *actions)


def test_an_answer_cannot_be_for_every_action():
    with pytest.raises(ValueError, match="by name"):
        answer("ocpp1.6", "*")


def test_a_plain_function_and_a_plain_hookimpl_carry_no_selector():
    assert marks_of(handler) is None
    assert marks_of(hookimpl(fresh())) is None
