"""What operators give to the firmware operations of 2.x."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.firmware.params import FirmwareStatus, PublishFirmware, UnpublishFirmware, UpdateFirmware

LOCATION = "https://h/v2.bin"


@pytest.mark.parametrize("given", [{}, {"location": LOCATION, "file": "v2.bin"}, {"file": ""}])
def test_a_file_comes_from_one_place(given):
    with pytest.raises(ValidationError):
        UpdateFirmware(**given)
    with pytest.raises(ValidationError):
        PublishFirmware(checksum="a" * 32, **given)


def test_signature_and_certificate_may_be_left_out_or_wrong():
    assert UpdateFirmware(location=LOCATION).signature is None
    assert UpdateFirmware(location=LOCATION, signature="no", signingCertificate="none").signature == "no"


@pytest.mark.parametrize("checksum", ["", "a" * 33])
def test_a_checksum_has_at_most_32_characters(checksum):
    with pytest.raises(ValidationError):
        UnpublishFirmware(checksum=checksum)


def test_a_checksum_is_needed():
    with pytest.raises(ValidationError):
        PublishFirmware(location=LOCATION)


def test_an_unknown_parameter_is_an_error():
    with pytest.raises(ValidationError):
        FirmwareStatus(x=1)


def test_an_error_shows_no_password():
    with pytest.raises(ValidationError) as error:
        UpdateFirmware(location="https://user:secret@h/ v2.bin")
    assert "secret" not in str(error.value)
