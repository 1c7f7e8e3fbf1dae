import pytest
from pydantic import ValidationError

from plugins.ocpp21.payment.params import Opened, SetWebPayment, TerminalPayment, WebPayment, WebPaymentStarted


def test_a_payment_at_a_terminal_has_its_limits():
    found = TerminalPayment.model_validate({"pspRef": 123, "evseId": 1, "cardLast4Digits": 4242, "maxCost": 20})
    assert (found.pspRef, found.cardLast4Digits, found.limits()) == ("123", "4242", {"maxCost": 20})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"evseId": 0},
        {"evseId": 1, "cardLast4Digits": "42"},
        {"evseId": 1, "maxSoC": 101},
        {"evseId": 1, "pspRef": "x" * 256},
    ],
)
def test_what_is_no_payment_is_refused(given):
    with pytest.raises(ValidationError):
        TerminalPayment.model_validate(given)


def test_a_page_says_what_a_url_would_say():
    found = Opened(evseId=1, totp="abc", maxEnergy=20_000, maxTime=60)
    assert found.parts() == {"evse": "1", "totp": "abc", "maxenergy": "20000.0", "maxtime": "60"}


@pytest.mark.parametrize(
    "given", [{}, {"evseId": 1}, {"totp": "x"}, {"url": "u", "totp": "x", "evseId": 1}, {"url": "u", "timeout": -1}]
)
def test_a_page_is_a_url_or_its_parts(given):
    with pytest.raises(ValidationError):
        Opened.model_validate(given)


@pytest.mark.parametrize("given", [{"paymentId": "p"}, {"url": "u"}, {"evseId": 1, "totp": "x"}])
def test_a_web_payment_is_of_a_page(given):
    assert WebPayment.model_validate(given).pspRef is None


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"evseId": 1},
        {"paymentId": "p", "url": "u"},
        {"url": "u", "totp": "x"},
        {"evseId": 1, "totp": "x", "paymentId": "p"},
    ],
)
def test_a_web_payment_is_of_one_page(given):
    with pytest.raises(ValidationError):
        WebPayment.model_validate(given)


def test_what_is_checked_of_a_web_payment():
    assert WebPayment(url="u").opened() == Opened(url="u")
    assert WebPayment(evseId=2, totp="x", version="v1").opened() == Opened(evseId=2, totp="x", version="v1")


def test_an_evse_is_kept_or_given_back():
    assert WebPaymentStarted(evseId=1, timeout=0).timeout == 0
    assert SetWebPayment().enabled
    with pytest.raises(ValidationError):
        WebPaymentStarted(evseId=0)
