"""What operators give to the operations about certificates."""

import pytest
from pydantic import ValidationError

from plugins.shared.certificate_params import DeleteCertificate, ToInstall

HASH = {"hashAlgorithm": "SHA512", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "1"}


@pytest.mark.parametrize("given", [{"certificateHashData": HASH}, {"serialNumber": "0a"}, {"key": "SHA256:aa:1"}])
def test_a_certificate_to_delete_has_one_name(given):
    assert DeleteCertificate.model_validate(given).model_dump(exclude_none=True) == given


def test_a_serial_number_of_digits_is_text_on_a_command_line_too():
    assert (
        DeleteCertificate.model_validate({"serialNumber": 12345678901234567890}).serialNumber == "12345678901234567890"
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"serialNumber": "1", "key": "2"},
        {"certificateHashData": HASH, "key": "2"},
        {"certificateHashData": {**HASH, "hashAlgorithm": "MD5"}},
        {"certificateHashData": {**HASH, "issuerKeyHash": "a" * 129}},
        {"serialNumber": "1" * 41},
        {"serial": "1"},
    ],
)
def test_none_or_several_or_other_names_are_refused(given):
    with pytest.raises(ValidationError):
        DeleteCertificate.model_validate(given)


def test_a_certificate_to_install_is_given_or_named_or_left_out():
    assert ToInstall().certificate is None
    assert ToInstall(file="root.pem").file == "root.pem"
    for given in ({"certificate": "a", "file": "b"}, {"certificate": ""}, {"certificate": "x" * 10_001}):
        with pytest.raises(ValidationError) as caught:
            ToInstall.model_validate(given)
        assert "xxx" not in str(caught.value)


def test_a_private_key_is_not_installed_and_not_repeated():
    pem = "-----BEGIN PRIVATE KEY-----\nS3CRET\n-----END PRIVATE KEY-----\n"
    with pytest.raises(ValidationError, match="a certificate, not a private key") as caught:
        ToInstall(certificate=pem)
    assert "S3CRET" not in str(caught.value)
