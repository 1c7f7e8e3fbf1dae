"""The options of smart charging."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.smart_charging.config import Site, SmartChargingConfig


def test_a_site_is_found_by_identity_and_tags() -> None:
    site = Site(stations=["DEPOT-*", "CP?"], tags={"site": "depot"}, limit=63)
    assert site.has("DEPOT-1", {"site": "depot", "more": "x"})
    assert site.has("CP1", {"site": "depot"})
    assert not site.has("CP12", {"site": "depot"})
    assert not site.has("DEPOT-1", {"site": "other"})
    assert not site.has("DEPOT-1", {})
    assert Site(limit=63).has("anything", {})


@pytest.mark.parametrize(
    "options",
    [
        {"prices": [0.1]},
        {"prices": [0.1] * 25},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"sites": [{"limit": 0}]},
        {"sites": [{"limit": 10, "unit": "V"}]},
        {"sites": [{"limit": 10, "stations": []}]},
        {"line_voltage": 0},
        {"unknown": 1},
    ],
)
def test_what_makes_no_sense_is_an_error(options) -> None:
    with pytest.raises(ValidationError):
        SmartChargingConfig.model_validate(options)


def test_nothing_has_to_be_said() -> None:
    config = SmartChargingConfig()
    assert (config.sites, config.prices, config.without_schedule, config.line_voltage) == ([], [], [], 230)
    assert len(SmartChargingConfig(prices=[0.1] * 24, time_zone="Europe/Berlin").prices) == 24
