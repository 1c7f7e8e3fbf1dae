"""Options that the security plugins of all versions have."""

import pytest
from pydantic import ValidationError

from plugins.shared.security_options import CertificateOptions, EventOptions, SigningOptions


class Both(SigningOptions, EventOptions):
    pass


def test_options_add_up():
    both = Both.model_validate({"sign_interval": 5, "syslog": {"address": "udp://localhost"}})
    assert both.sign_interval == 5
    assert both.syslog.facility == "authpriv"
    assert both.webhook is None


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (SigningOptions, {"sign_interval": 86_401}),
        (EventOptions, {"certificates": "x"}),
        (CertificateOptions, {"x": 1}),
    ],
)
def test_what_is_not_theirs_is_refused(model, given):
    with pytest.raises(ValidationError):
        model.model_validate(given)
