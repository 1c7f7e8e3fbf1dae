"""The structs."""

import pytest
from records_kit import transaction

from broker.records import LocalList, Registration


@pytest.mark.parametrize(
    ("start", "stop", "energy"), [(100, 900, 800), (0, 0, 0), (900, 100, -800), (None, 5, None), (5, None, None)]
)
def test_energy_is_between_two_readings(start, stop, energy):
    assert transaction(meter_start=start, meter_stop=stop).energy == energy


def test_what_is_not_given_is_nobodys_but_the_rows_own():
    one, other = LocalList(identity="CP1"), LocalList(identity="CP2")
    one.entries["x"] = {}
    assert other.entries == {}
    assert Registration(identity="CP1").tags == {}
