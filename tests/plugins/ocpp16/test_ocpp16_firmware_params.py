"""What operators give to the firmware operations."""

import pytest
from pydantic import ValidationError

from plugins.ocpp16.firmware_params import FirmwareStatus, GetDiagnostics, UpdateFirmware


@pytest.mark.parametrize(
    "location",
    ["https://h/v2.bin", "ftp://user:pass@h:21/x", "sftp://h", "http://[::1]/x", "urn:x:y", "HTTP://h", "a+b.c-d:x"],
)
def test_any_uri_is_a_location(location):
    assert UpdateFirmware(location=location).location == GetDiagnostics(location=location).location == location


@pytest.mark.parametrize(
    "location", ["", "h/v2.bin", "//h/x", "1http://h", "http://h/a b", "http://h\n", "x" * 3000, "a:" + "b" * 2000]
)
def test_what_is_none(location):
    for model in (UpdateFirmware, GetDiagnostics):
        with pytest.raises(ValidationError):
            model(location=location)


@pytest.mark.parametrize("given", [{}, {"location": "http://h", "file": "v2.bin"}, {"file": ""}, {"file": "x" * 256}])
def test_an_update_comes_from_one_place(given):
    with pytest.raises(ValidationError):
        UpdateFirmware(**given)


def test_a_wrong_number_of_retries_may_be_sent():
    """A lab tests what a station makes of it."""
    assert GetDiagnostics(retries=-1, retryInterval=0).retries == -1


@pytest.mark.parametrize("hours", [0, -1, 24 * 365 + 1, "a", float("nan"), float("inf")])
def test_a_url_lives_for_a_year_at_most(hours):
    with pytest.raises(ValidationError):
        GetDiagnostics(hours=hours)


def test_nothing_is_to_be_given_for_the_status():
    FirmwareStatus()
    with pytest.raises(ValidationError):
        FirmwareStatus(x=1)
