"""One message, one line."""

import re

import pytest

from broker.cli.console import Style
from broker.cli.messages import Lines, Message, from_event


def message(**changes) -> Message:
    fields = {
        "at": 1_700_000_000.0, "identity": "CP-16-1", "version": "ocpp1.6", "kind": "call", "from_station": True,
        "action": "Heartbeat", "message_id": "1", "payload": {},
    }  # fmt: skip
    return Message(**(fields | changes))


@pytest.fixture
def lines() -> Lines:
    return Lines(Style(False))


@pytest.mark.parametrize(
    ("kind", "from_station", "arrow"),
    [("call", True, "->"), ("reply", True, "<="), ("call", False, "<-"), ("reply", False, "=>")],
)
def test_the_arrow_points_the_way_of_the_frame(lines, kind, from_station, arrow):
    assert f" {arrow} Heartbeat" in lines.line(message(kind=kind, from_station=from_station))


def test_a_line_has_time_identity_version_and_action_in_columns(lines):
    first = lines.line(message())
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.000  CP-16-1   ocpp1\.6    -> Heartbeat", first)
    second = lines.line(message(identity="X", version="ocpp2.0.1"))
    assert first.index("->") == second.index("->")


def test_an_answer_shows_the_time_since_its_call(lines):
    lines.line(message())
    assert lines.line(message(kind="reply", at=1_700_000_000.0123)).endswith("(12.3 ms)")
    assert not lines.line(message(kind="reply", at=1_700_000_001.0)).endswith("ms)")


def test_calls_of_both_directions_with_one_id_are_kept_apart(lines):
    lines.line(message(at=1_700_000_000.0))
    lines.line(message(at=1_700_000_005.0, from_station=False))
    assert lines.line(message(kind="reply", at=1_700_000_002.0)).endswith("(2.00 s)")


def test_an_error_shows_its_code_and_description(lines):
    shown = lines.line(message(kind="reply", outcome="error", payload=["NotSupported", "no", {}]))
    assert shown.endswith("<= Heartbeat  NotSupported: no")
    assert lines.line(message(kind="reply", outcome="error", payload=None)).endswith("error")


def test_a_malformed_frame_is_named(lines):
    assert lines.line(message(kind="malformed", outcome="not_json")).endswith("malformed frame  not_json")


def test_a_line_never_is_wider_than_the_terminal():
    for width in (10, 40, 80):
        line = Lines(Style(False), width=width).line(
            message(payload={"status": "x" * 30, "a": "y" * 30, "b": "z" * 30})
        )
        assert len(line) <= width


def test_an_identity_cannot_drive_the_terminal(lines):
    assert "\x1b" not in lines.line(message(identity="a\x1b[2J", action="b\x1b[2J"))


def test_each_station_has_its_colour():
    lines = Lines(Style(True))
    colours = {re.search(r"\x1b\[(\d+)mS\d", lines.line(message(identity=f"S{n}"))).group(1) for n in range(4)}
    assert len(colours) == 4


def test_many_calls_without_an_answer_are_forgotten(lines):
    for number in range(5000):
        lines.line(message(message_id=str(number)))
    assert not lines.line(message(kind="reply", message_id="0")).endswith("ms)")
    assert lines.line(message(kind="reply", message_id="4999")).endswith("ms)")


def test_only_messages_become_lines():
    assert from_event({"kind": "session"}) is None
    made = from_event({"kind": "call", "direction": "to_station", "identity": "CP1", "payload": {"a": 1}})
    assert (made.identity, made.from_station, made.payload) == ("CP1", False, {"a": 1})
