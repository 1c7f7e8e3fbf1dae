import pytest
from pydantic import ValidationError

from plugins.ocpp21.tariff_cost.config import LocalCost


def test_without_options_no_station_is_limited_or_given_a_tariff():
    found = LocalCost()
    assert (found.default_tariffs, found.limits.members(), found.authorize_tariff) == ({}, {}, "unless_unsupported")


def test_an_evse_of_the_file_is_a_number():
    assert LocalCost.model_validate({"default_tariffs": {"0": "STD"}}).default_tariffs == {0: "STD"}


@pytest.mark.parametrize(
    "options", [{"default_tariffs": {-1: "STD"}}, {"limits": {"maxSoC": 101}}, {"authorize_tariff": "no"}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        LocalCost.model_validate(options)
