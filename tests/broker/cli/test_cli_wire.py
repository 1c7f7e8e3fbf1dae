"""Frames of a simulated station as lines."""

from broker.cli.console import Style
from broker.cli.messages import Lines
from broker.cli.wire import WireLines
from broker.ocpp import Version
from broker.simulate import Line


def made(*frames: tuple[bool, str]):
    wire = WireLines(Lines(Style(False)), "CP1", Version.V16)
    return [wire.message(Line(1.0, sent, text)) for sent, text in frames]


def test_an_answer_has_the_action_of_its_call():
    call, reply = made(
        (True, '[2,"1","Authorize",{"idTag":"T"}]'), (False, '[3,"1",{"idTagInfo":{"status":"Accepted"}}]')
    )
    assert (call.action, call.from_station, call.payload) == ("Authorize", True, {"idTag": "T"})
    assert (reply.action, reply.from_station, reply.kind) == ("Authorize", True, "reply")


def test_one_id_in_both_directions_is_two_calls():
    *_, reply = made((True, '[2,"1","A",{}]'), (False, '[2,"1","B",{}]'), (True, '[3,"1",{}]'))
    assert (reply.action, reply.from_station) == ("B", False)


def test_an_error_keeps_its_code():
    *_, reply = made((True, '[2,"1","A",{}]'), (False, '[4,"1","NotSupported","no",{}]'))
    assert (reply.outcome, reply.payload) == ("error", ["NotSupported", "no"])


def test_rubbish_is_malformed():
    (message,) = made((False, "rubbish"))
    assert (message.kind, message.outcome) == ("malformed", "not_json")


def test_each_frame_is_printed(capsys):
    WireLines(Lines(Style(False)), "CP1", Version.V16)(Line(1.0, True, '[2,"1","Heartbeat",{}]'))
    assert capsys.readouterr().out.endswith("-> Heartbeat\n")
