"""Secondaries: what they may do, and what they get."""

import pytest
from pydantic import ValidationError

from broker.config.secondaries import Filter, Grant, Secondary


def secondary(**keys):
    return Secondary(**{"upstream": "b", **keys})


def test_a_secondary_may_do_nothing_unless_told_otherwise():
    made = secondary()
    assert (made.commands, made.grants, made.compare, made.filter) == ("none", [], False, None)
    assert made.replay == ["boot", "status"]


@pytest.mark.parametrize(
    ("commands", "action", "may"),
    [
        ("none", "Reset", False),
        ("none", "one", False),
        ("all", "Reset", True),
        ("all", "Vendor", True),
        (["Reset"], "Reset", True),
        (["Reset", "TriggerMessage"], "TriggerMessage", True),
        (["Reset"], "reset", False),
        (["Reset"], "Res", False),
        (["Reset"], "all", False),
        ([], "Reset", False),
        ("Reset", "Reset", True),
        ("Reset", "Res", False),
    ],
)
def test_it_may_send_what_its_commands_name(commands, action, may):
    assert secondary(commands=commands).may_command(action) is may


@pytest.mark.parametrize(
    ("written", "grants"),
    [
        ("none", []),
        ([], []),
        ("all", list(Grant)),
        ("logs", [Grant.LOGS]),
        (["firmware", "network"], [Grant.FIRMWARE, Grant.NETWORK]),
    ],
)
def test_grants_have_short_forms(written, grants):
    assert secondary(grants=written).grants == grants


@pytest.mark.parametrize(
    ("written", "replay"), [("none", []), ([], []), ("boot", ["boot"]), (["status", "boot"], ["status", "boot"])]
)
def test_replay_has_short_forms(written, replay):
    assert secondary(replay=written).replay == replay


def test_what_is_left_out_of_a_filter_is_not_filtered():
    made = Filter()
    assert (made.actions, made.measurands, made.every, made.pseudonymise) == (None, None, None, [])


def test_a_filter_takes_one_word_for_a_list():
    made = secondary(filter={"actions": "Meter*", "measurands": "SoC", "every": 60, "pseudonymise": "idTag"}).filter
    assert made == Filter(actions=["Meter*"], measurands=["SoC"], every=60, pseudonymise=["idTag"])


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"upstream": ""}, ("upstream",)),
        ({"upstream": None}, ("upstream",)),
        ({"commands": None}, ("commands",)),
        ({"commands": True}, ("commands",)),
        ({"commands": "Res et"}, ("commands",)),
        ({"commands": ""}, ("commands",)),
        ({"commands": ["Reset", "all"]}, ("commands",)),
        ({"commands": ["none"]}, ("commands",)),
        ({"commands": [5]}, ("commands",)),
        ({"commands": ["Get*"]}, ("commands",)),
        ({"grants": ["all"]}, ("grants", 0)),
        ({"grants": "reset"}, ("grants", 0)),
        ({"grants": ["logs", "logs"]}, ("grants",)),
        ({"grants": True}, ("grants",)),
        ({"replay": "all"}, ("replay", 0)),
        ({"replay": ["boot", "boot"]}, ("replay",)),
        ({"compare": "maybe"}, ("compare",)),
        ({"filter": "x"}, ("filter",)),
        ({"filter": {"actions": []}}, ("filter", "actions")),
        ({"filter": {"every": 0}}, ("filter", "every")),
        ({"filter": {"pseudonymise": ["idToken"]}}, ("filter", "pseudonymise", 0)),
        ({"filter": {"pseudonymise": ["serial", "serial"]}}, ("filter", "pseudonymise")),
        ({"filter": {"redact": 1}}, ("filter", "redact")),
        ({"command": "all"}, ("command",)),
    ],
)
def test_a_fault_has_the_place_that_it_was_written_at(wrong, place):
    with pytest.raises(ValidationError) as caught:
        secondary(**wrong)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_one_secondary_s_defaults_are_not_another_s():
    secondary().replay.clear()
    assert secondary().replay == ["boot", "status"]
