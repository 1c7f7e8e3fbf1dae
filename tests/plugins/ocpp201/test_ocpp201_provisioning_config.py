import pytest
from pydantic import ValidationError

from plugins.ocpp201.provisioning.config import ProvisioningConfig


def test_nothing_is_asked_of_a_station_that_was_not_wanted():
    config = ProvisioningConfig()
    assert (config.heartbeat_interval, config.retry_interval, config.full_inventory) == (300, 60, "never")
    assert config.csms_url == {}


def test_urls_stand_under_the_number_of_a_security_profile():
    assert ProvisioningConfig(csms_url={"2": "wss://a", 3: "wss://b"}).csms_url == {2: "wss://a", 3: "wss://b"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"retry_interval": 0},
        {"full_inventory": True},
        {"full_inventory_delay": -1},
        {"full_inventory_at_once": 0},
        {"csms_url": {4: "wss://a"}},
        {"csms_url": {2: ""}},
        {"unheard_of": 1},
    ],
)
def test_what_is_wrong_is_refused(wrong):
    with pytest.raises(ValidationError):
        ProvisioningConfig(**wrong)
