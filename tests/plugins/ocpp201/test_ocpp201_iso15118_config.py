"""The options of `ocpp201.iso15118`."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.iso15118.config import Iso15118Config


def test_by_default_nobody_provides_and_only_public_responders_are_asked():
    config = Iso15118Config()
    assert (config.ev_certificates, config.v2g_authority, config.roots, config.certificates) == (None,) * 4
    assert (config.ocsp.allow_private, config.ocsp.timeout, config.ocsp.known_issuers_only) == (False, 10, False)


@pytest.mark.parametrize(
    "given",
    [
        {"ocsp": {"timeout": 16}},
        {"ocsp": {"timeout": 0}},
        {"ocsp": {"private": True}},
        {"ev_certificates": {}},
        {"ev_certificates": {"url": "canary.example"}},
        {"ev_certificates": {"url": "ftp://canary.example"}},
        {"ev_certificates": {"url": "https://canary.example", "timeout": 26}},
        {"ev_certificates": {"url": "https://canary.example", "headers": {"X": "a\r\nb"}}},
        {"v2g_lifetime_days": 0},
    ],
)
def test_wrong_options_are_refused_and_not_shown(given):
    with pytest.raises(ValidationError) as caught:
        Iso15118Config.model_validate(given)
    assert "canary" not in str(caught.value)


def test_where_contracts_come_from_is_a_secret():
    given = {"url": "https://canary.example", "headers": {"Authorization": "canary"}}
    assert "canary" not in repr(Iso15118Config.model_validate({"ev_certificates": given}))
