"""What operators give to `renew-certificate`."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.security.params import RenewCertificate


def test_the_connection_s_certificate_is_the_default():
    assert RenewCertificate().certificateType == "ChargingStationCertificate"
    assert RenewCertificate().timeout == 60


@pytest.mark.parametrize(
    "given", [{"certificateType": "MORootCertificate"}, {"timeout": 0}, {"timeout": 601}, {"x": 1}]
)
def test_anything_else_is_refused(given):
    with pytest.raises(ValidationError):
        RenewCertificate.model_validate(given)
