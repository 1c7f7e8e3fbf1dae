"""Liveness in its long and short forms."""

import pytest
from pydantic import TypeAdapter, ValidationError

from broker.config.liveness import Liveness

ADAPTER = TypeAdapter(Liveness)


@pytest.mark.parametrize(
    ("written", "interval"),
    [("off", 0), (False, 0), (0, 0), (30, 30), (2.5, 2.5), ("45", 45), ({"ping_interval": "off"}, 0), ({}, 60)],
)
def test_the_forms(written, interval):
    assert ADAPTER.validate_python(written).ping_interval == interval


def test_a_made_one_is_taken_as_it_is():
    made = Liveness(ping_interval=5, missed=3)
    assert ADAPTER.validate_python(made) == made


@pytest.mark.parametrize("wrong", ["never", -1, True, None, [], {"missed": 0}, {"ping": 1}, {"ping_interval": 1e9}])
def test_anything_else_is_refused(wrong):
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(wrong)
