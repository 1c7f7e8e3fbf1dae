"""What the admin API shows is masked by the same rules as what plugins keep."""

from broker.ocpp import redact
from broker.server.admin import redaction


def test_there_is_one_set_of_rules() -> None:
    assert redaction.masked is redact.masked
    assert redaction.MASK is redact.MASK


def test_a_password_does_not_reach_the_live_view() -> None:
    assert redaction.masked(b'{"password":"S3CRET"}') == b'{"password":"%b"}' % redact.MASK.encode()
