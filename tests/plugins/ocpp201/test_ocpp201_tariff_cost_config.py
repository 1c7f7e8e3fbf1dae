from datetime import UTC

import pytest
from pydantic import ValidationError

from plugins.ocpp201.tariff_cost.config import TariffOptions
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, KWH


def test_without_options_there_are_no_tariffs():
    found = TariffOptions()
    assert (found.by_id, found.default, str(found.zone)) == ({}, None, "UTC")


def test_tariffs_are_found_by_their_id():
    found = TariffOptions(tariffs=[KWH, FULL], default="KWH", stations={"CP001": "FULL"}, time_zone="Europe/Berlin")
    assert [found.by_id[name].tariffId for name in ("KWH", "FULL")] == ["KWH", "FULL"]
    assert str(found.zone) == "Europe/Berlin"


def test_utc_needs_no_database_of_time_zones(monkeypatch):
    monkeypatch.setattr("plugins.ocpp201.tariff_cost.config.ZoneInfo", None)
    assert TariffOptions.model_validate({"time_zone": "UTC"}).zone is UTC


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tariffs": [KWH, KWH]}, "same tariffId"),
        ({"tariffs": [KWH], "default": "FULL"}, "default names no tariff"),
        ({"tariffs": [KWH], "stations": {"CP001": "FULL"}}, "stations names a tariff"),
        ({"time_zone": "Europe/Atlantis"}, "a time zone such as"),
        ({"time_zone": "../etc/passwd"}, "a time zone such as"),
        ({"decimals": 7}, "less than or equal to 6"),
        ({"cost_updated_interval": 0}, "greater than or equal to 1"),
        ({"tariff": KWH}, "Extra inputs"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValidationError, match=message):
        TariffOptions.model_validate(options)
