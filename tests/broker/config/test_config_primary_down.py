"""What a station gets while its primary is down."""

import pytest
from pydantic import TypeAdapter, ValidationError

from broker.config.primary_down import Failover, StandIn, WhenPrimaryDown

WHEN = TypeAdapter(WhenPrimaryDown)


@pytest.mark.parametrize("word", ["close", "hold", "stand_in"])
def test_one_word_stays_one(word):
    assert WHEN.validate_python(word) == word


def test_failover_is_one_name_or_several():
    assert WHEN.validate_python({"failover": "b"}) == Failover(failover=["b"])
    assert WHEN.validate_python({"failover": ["b", "local"]}).failover == ["b", "local"]


def test_a_failover_that_is_made_already_is_taken():
    made = Failover(failover=["b"], fail_back=5)
    assert WHEN.validate_python(made) is made


@pytest.mark.parametrize(
    ("written", "seconds"), [(True, 30), (False, 0), ("off", 0), (0, 0), (90, 90), ("90", 90), (0.5, 0.5)]
)
def test_going_back_takes_seconds_or_a_truth_value(written, seconds):
    assert Failover(failover="b", fail_back=written).fail_back == seconds


def test_it_goes_back_unless_told_otherwise():
    assert Failover(failover="b").fail_back == 30


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("failover", ()),
        ("drop", ()),
        (None, ()),
        (["hold"], ()),
        ({}, ("failover",)),
        ({"failover": []}, ("failover",)),
        ({"failover": [""]}, ("failover", 0)),
        ({"failover": [5]}, ("failover", 0)),
        ({"failover": "b", "fail_back": -1}, ("fail_back",)),
        ({"failover": "b", "fail_back": "never"}, ("fail_back",)),
        ({"failover": "b", "fail_back": None}, ("fail_back",)),
        ({"failover": "b", "back": 1}, ("back",)),
    ],
)
def test_a_fault_has_the_place_that_it_was_written_at(wrong, place):
    with pytest.raises(ValidationError) as caught:
        WHEN.validate_python(wrong)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_it_is_written_as_it_was_read():
    made = WHEN.validate_python({"failover": "b", "fail_back": "off"})
    assert WHEN.validate_python(WHEN.dump_python(made, mode="json")) == made


def test_a_stand_in_lets_nobody_charge_that_it_does_not_know():
    assert StandIn() == StandIn(unknown_tokens="reject", replay_per_second=10)


@pytest.mark.parametrize("wrong", [{"unknown_tokens": "maybe"}, {"replay_per_second": 0}, {"replay_per_second": True}])
def test_a_wrong_stand_in_is_refused(wrong):
    with pytest.raises(ValidationError):
        StandIn(**wrong)
