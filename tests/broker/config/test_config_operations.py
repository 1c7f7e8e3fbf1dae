"""Admin, limits, shutdown, logging."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from broker.config.operations import Admin, Limits, Logging, Shutdown


def test_the_admin_listener_is_on_loopback_by_default():
    admin = Admin()
    assert (admin.host, admin.port, admin.tokens, admin.token_file) == (
        "127.0.0.1",
        8080,
        [],
        Path("switchboard.token"),
    )


def test_a_token_does_not_show():
    admin = Admin(tokens=[{"name": "ops", "role": "operator", "token": "hunter2-hunter2"}])
    assert admin.tokens[0].token.get_secret_value() == "hunter2-hunter2"
    assert "hunter2" not in repr(admin) + admin.model_dump_json()


@pytest.mark.parametrize("wrong", [{"role": "root"}, {"token": ""}, {"token": "sha256$x"}, {"name": ""}])
def test_a_wrong_token_is_refused(wrong):
    with pytest.raises(ValidationError):
        Admin(tokens=[{"name": "ops", "role": "viewer", "token": "x" * 16, **wrong}])


def test_the_limits_by_default():
    assert Limits().model_dump() == {
        "handshake_timeout": 10,
        "header_timeout": 10,
        "connections_per_address": 1024,
        "message_bytes": 1048576,
        "json_depth": 64,
        "frames_per_second": 500,
        "frames_burst": 5000,
        "send_deadline": 30,
        "queue": 64,
        "call_timeout": 30,
    }


@pytest.mark.parametrize("name", Limits.model_fields)
@pytest.mark.parametrize("value", [0, -1, "x", None, True, 1e12])
def test_no_limit_is_switched_off_or_endless(name, value):
    with pytest.raises(ValidationError):
        Limits(**{name: value})


def test_shutdown_by_default():
    assert (Shutdown().timeout, Shutdown().spread) == (20, 5)


def test_a_level_in_capitals_is_the_same():
    assert Logging(level="WARNING").level == "warning"


@pytest.mark.parametrize("wrong", [{"level": "loud"}, {"format": "xml"}])
def test_wrong_logging_is_refused(wrong):
    with pytest.raises(ValidationError):
        Logging(**wrong)
