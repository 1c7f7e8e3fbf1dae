import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from plugins.ocpp21.limits import Limits, strictest, takes_limits, with_limits

limits = st.dictionaries(st.sampled_from(["maxCost", "maxEnergy", "maxTime", "maxSoC"]), st.integers(0, 100))


def test_only_the_limits_that_are_set_are_sent():
    assert Limits(maxCost=0, maxSoC=80).members() == {"maxCost": 0, "maxSoC": 80}


@pytest.mark.parametrize(
    "given", [{"maxSoC": 101}, {"maxCost": -1}, {"maxTime": 1.5}, {"maxEnergy": float("inf")}, {"max": 1}]
)
def test_what_is_no_limit_is_refused(given):
    with pytest.raises(ValidationError):
        Limits.model_validate(given)


def test_the_lowest_of_each_counts():
    assert strictest({"maxCost": 5, "maxTime": 60}, {"maxCost": 3}, {}) == {"maxCost": 3, "maxTime": 60}


@pytest.mark.parametrize("given", [None, 5, {"maxCost": "5"}, {"maxCost": True}, {"other": 5}])
def test_what_cannot_be_read_is_no_limit(given):
    assert strictest(given) == {}


@given(st.lists(limits, max_size=4))
def test_the_order_does_not_matter_and_no_limit_is_lost(several):
    found = strictest(*several)
    assert found == strictest(*reversed(several))
    assert found.keys() == {name for one in several for name in one}
    assert all(found[name] <= value for one in several for name, value in one.items())


def test_an_answer_gets_the_limits_besides_those_that_it_has():
    answer = {"transactionLimit": {"maxCost": 5}, "totalCost": 1}
    assert with_limits(answer, {"maxTime": 60, "maxCost": 9}) == {
        "transactionLimit": {"maxCost": 5, "maxTime": 60},
        "totalCost": 1,
    }
    assert with_limits(answer, {"maxCost": 9}) is None
    assert with_limits({}, {}, None) is None


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"eventType": "Started"}, True),
        ({"eventType": "Updated", "idToken": {}}, True),
        ({"eventType": "Updated"}, False),
        ({"eventType": "Ended", "idToken": {}}, False),
        ({}, False),
    ],
)
def test_limits_belong_to_the_start_and_to_the_event_that_names_the_driver(payload, expected):
    assert takes_limits(payload) is expected
