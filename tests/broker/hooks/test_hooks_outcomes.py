import dataclasses

import pytest

from broker.hooks import Admit, Answer, Drop, Refuse, Reject, Replace, Route
from broker.ocpp import ErrorKind, Version


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (Version.V16, "OccurenceConstraintViolation"),
        (Version.V201, "OccurrenceConstraintViolation"),
        (Version.V21, "OccurrenceConstraintViolation"),
    ],
)
def test_a_kind_becomes_the_code_of_the_version(version, code):
    reply = Reject(ErrorKind.OCCURRENCE, "missing", {"member": "idTag"}).reply(version)
    assert (reply.code, reply.description, reply.details) == (code, "missing", {"member": "idTag"})


def test_a_code_given_as_text_stands_on_the_wire_as_it_is():
    assert Reject("VendorError").reply(Version.V16).code == "VendorError"


@pytest.mark.parametrize(
    "outcome", [Replace({}), Answer({}), Reject("X"), Drop(), Admit("a"), Refuse(403), Route("local")]
)
def test_outcomes_are_values(outcome):
    assert outcome == dataclasses.replace(outcome)
    for field in dataclasses.fields(outcome):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(outcome, field.name, None)
