"""The section `authority`."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from broker.config.authority import Authority


def test_a_folder_is_enough():
    section = Authority.model_validate({"directory": "certs/pki"}, context={"folder": Path("/etc/switchboard")})
    assert section.directory == Path("/etc/switchboard/certs/pki")
    assert (section.lifetime_days, section.organization) == (1095, None)


@pytest.mark.parametrize("days", [1, 3650])
def test_a_lifetime_is_days(days):
    assert Authority.model_validate({"directory": "pki", "lifetime_days": days}).lifetime_days == days


@pytest.mark.parametrize(
    "wrong",
    [
        {"lifetime_days": 0},
        {"lifetime_days": 3651},
        {"lifetime_days": True},
        {"lifetime_days": 1.5},
        {"organization": ""},
        {"organization": "x" * 65},
        {"organization": "A\nB"},
        {"directory": ""},
        {"directory": None},
        {"key": "x"},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        Authority.model_validate({"directory": "pki", **wrong})
