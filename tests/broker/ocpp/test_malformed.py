"""What a malformed frame is answered with: certification.md 3.2 as a golden table, a column a version."""

import json

import pytest

from broker.ocpp import Malformed, Version, answer_malformed, parse

FRAMEWORK = "RpcFrameworkError"
MINUS_ONE = [4, "-1", FRAMEWORK]

#: frame -> the answer of 1.6, 2.0.1 and 2.1 without description and details; None: dropped.
GOLDEN = {
    # no JSON, or no id: 1.6 drops, 2.x answers with the id "-1"
    "": (None, MINUS_ONE, MINUS_ONE),
    "hello": (None, MINUS_ONE, MINUS_ONE),
    "{}": (None, MINUS_ONE, MINUS_ONE),
    "[]": (None, MINUS_ONE, MINUS_ONE),
    "[2]": (None, MINUS_ONE, MINUS_ONE),
    '[2,null,"A",{}]': (None, MINUS_ONE, MINUS_ONE),
    '[2,true,"A",{}]': (None, MINUS_ONE, MINUS_ONE),
    # the id can be read, the rest is no JSON
    '[2,"7","A",{"a":,}]': ([4, "7", "FormationViolation"], [4, "7", FRAMEWORK], [4, "7", FRAMEWORK]),
    "[2,7,{": ([4, 7, "FormationViolation"], [4, 7, FRAMEWORK], [4, 7, FRAMEWORK]),
    # JSON, but no frame
    '[2,"7"]': ([4, "7", "ProtocolError"],) * 3,
    '[2,"7","A"]': ([4, "7", "ProtocolError"],) * 3,
    '[2,"7","A",{},1]': ([4, "7", "FormationViolation"], [4, "7", FRAMEWORK], [4, "7", FRAMEWORK]),
    '[2,"7",5,{}]': ([4, "7", "FormationViolation"], [4, "7", FRAMEWORK], [4, "7", FRAMEWORK]),
    '[2,"7","",{}]': ([4, "7", "FormationViolation"], [4, "7", FRAMEWORK], [4, "7", FRAMEWORK]),
    '[2,"7","A",[]]': ([4, "7", "FormationViolation"], [4, "7", "FormatViolation"], [4, "7", "FormatViolation"]),
    '[2,"7","A",null]': ([4, "7", "FormationViolation"], [4, "7", "FormatViolation"], [4, "7", "FormatViolation"]),
    # unknown message types: only 2.0.1 answers
    '[7,"7","A",{}]': (None, [4, "7", "MessageTypeNotSupported"], None),
    '["2","7","A",{}]': (None, [4, "7", "MessageTypeNotSupported"], None),
    '[2.0,"7","A",{}]': (None, [4, "7", "MessageTypeNotSupported"], None),
    "[1,null]": (None, [4, "-1", "MessageTypeNotSupported"], None),
    # answers that are no answers: 2.1 says so of a CALLRESULT
    '[3,"7"]': (None, None, [5, "7", "ProtocolError"]),
    '[3,"7",[]]': (None, None, [5, "7", "FormatViolation"]),
    '[3,"7",{': (None, None, [5, "7", FRAMEWORK]),
    '[3,"",{}]': (None, None, None),
    "[3,null,{}]": (None, None, None),
    '[4,"7"]': (None, None, None),
    '[4,"7",': (None, None, None),
    '[4,null,"GenericError","",{}]': (None, None, None),
    # a SEND is never answered; before 2.1 it is an unknown type
    '[6,"7","A"]': (None, [4, "7", "MessageTypeNotSupported"], None),
    '[6,"7","A",{': (None, [4, "7", FRAMEWORK], None),
    '[6,null,"A",{}]': (None, [4, "-1", "MessageTypeNotSupported"], None),
    '[5,"7"]': (None, [4, "7", "MessageTypeNotSupported"], None),
}


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("frame", GOLDEN)
def test_golden_table_of_answers(frame: str, version: Version):
    bad = parse(frame, version)
    assert isinstance(bad, Malformed)
    answer = answer_malformed(bad, version)
    expected = GOLDEN[frame][list(Version).index(version)]
    assert (None if answer is None else json.loads(answer)[:3]) == expected
    if answer is not None:
        assert json.loads(answer)[3:] == [bad.description, {}]
        assert b", " not in answer.replace(bad.description.encode(), b"")


def test_a_malformed_frame_never_quotes_the_frame():
    bad = parse('[2,"7","A",["secret-token"]]', Version.V16)
    assert "secret-token" not in repr(bad)
