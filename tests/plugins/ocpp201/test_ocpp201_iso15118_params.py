"""What operators give to the operations about certificates."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.iso15118.params import InstallCertificate, InstalledCertificates


def test_the_root_of_the_csms_and_all_certificates_are_the_default():
    assert InstallCertificate().certificateType == "CSMSRootCertificate"
    assert InstalledCertificates().certificateType is None


def test_one_type_is_a_list_of_one():
    assert InstalledCertificates(certificateType="MORootCertificate").certificateType == ["MORootCertificate"]


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (InstallCertificate, {"certificateType": "V2GCertificateChain"}),
        (InstallCertificate, {"certificateType": "CentralSystemRootCertificate"}),
        (InstallCertificate, {"certificate": "x", "file": "y"}),
        (InstalledCertificates, {"certificateType": []}),
        (InstalledCertificates, {"certificateType": ["Other"]}),
    ],
)
def test_what_no_station_knows_is_refused(model, given):
    with pytest.raises(ValidationError):
        model.model_validate(given)
