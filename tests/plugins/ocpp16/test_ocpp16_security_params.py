"""What operators give to the operations."""

import pytest
from pydantic import ValidationError

from plugins.ocpp16 import security_params as p

FIRMWARE = {"location": "https://example.org/fw", "signingCertificate": "PEM", "signature": "AA=="}


def key(text):
    return p.SetAuthorizationKey(key=text).key.get_secret_value()


@pytest.mark.parametrize("text", ["0123456789abcdef", "x" * 20, "ab" * 16, "AB" * 20, "0" * 36, "a b c d e f g h "])
def test_a_key_of_16_to_20_bytes_is_taken_as_text_or_hex(text):
    assert key(text) == text


@pytest.mark.parametrize(
    "text", ["", "x" * 15, "x" * 21, "ab" * 15, "ab" * 21, "a" * 33, "zz" * 16, "ä" * 16, "x" * 15 + "\n"]
)
def test_any_other_key_is_refused_and_never_shown(text):
    with pytest.raises(ValidationError) as caught:
        key(text)
    assert text not in str(caught.value) or text == ""
    assert "32 to 40 hex digits" in str(caught.value)


def test_a_key_is_not_in_a_repr():
    assert "canary" not in repr(p.SetAuthorizationKey(key="canary-canary-16"))


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (p.RenewCertificate, {"timeout": 0}),
        (p.RenewCertificate, {"timeout": 601}),
        (p.ExtendedTrigger, {}),
        (p.ExtendedTrigger, {"requestedMessage": "Reset"}),
        (p.InstallCertificate, {"certificate": "x" * 5501}),
        (p.InstallCertificate, {"certificate": ""}),
        (p.InstallCertificate, {"certificate": "x", "file": "y"}),
        (p.InstallCertificate, {"certificateType": "V2GRootCertificate"}),
        (p.GetLog, {"logType": "Other"}),
        (p.GetLog, {"oldestTimestamp": "2026-01-01T00:00:00"}),
        (p.GetLog, {"requestId": 2**31}),
        (p.SignedUpdateFirmware, {**FIRMWARE, "file": "x"}),
        (p.SignedUpdateFirmware, {**FIRMWARE, "location": None}),
        (p.SignedUpdateFirmware, {**FIRMWARE, "signature": "x" * 801}),
        (p.SignedUpdateFirmware, {"location": "x", "signature": "x"}),
        (p.UpgradeSecurityProfile, {"profile": 0}),
        (p.UpgradeSecurityProfile, {"profile": 4}),
        (p.InstalledCertificates, {"certificatetype": "ManufacturerRootCertificate"}),
    ],
)
def test_what_cannot_be_sent_is_refused(model, given):
    with pytest.raises(ValidationError):
        model.model_validate(given)


def test_a_signature_may_be_anything_that_fits():
    assert p.SignedUpdateFirmware.model_validate({**FIRMWARE, "signature": ""}).signature == ""


def test_nothing_has_to_be_given_where_the_plugin_can_choose():
    assert p.InstallCertificate().certificateType == "CentralSystemRootCertificate"
    assert p.GetLog().logType == "SecurityLog"
    assert p.RenewCertificate().timeout == 60
    assert p.UpgradeSecurityProfile().reset is True


def test_the_schema_says_what_is_chosen():
    schema = p.GetLog.model_json_schema()
    assert schema["properties"]["remoteLocation"]["description"] == "Left out: a URL of the file endpoint."
