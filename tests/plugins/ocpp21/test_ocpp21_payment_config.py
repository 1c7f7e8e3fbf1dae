import pytest
from pydantic import ValidationError

from plugins.ocpp21.payment.config import PaymentOptions
from tests.plugins.ocpp21.ocpp21_payment_kit import SECRET, URL

WEB = {"url": URL, "secret": SECRET}


def test_the_secrets_are_not_shown():
    found = PaymentOptions.model_validate(
        {"web": {**WEB, "secrets": {"CP1": SECRET}}, "vat": {"url": "https://vat.example/key"}}
    )
    assert SECRET not in repr(found)
    assert "key" not in repr(found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"web": {**WEB, "url": "https://pay.example.com/{evse}/{totp}"}}, "it has to hold {chargingstationid}"),
        ({"web": {**WEB, "url": "pay.example.com/{evse}"}}, "begins with http"),
        ({"web": {**WEB, "secret": "sesame"}}, "at least 16"),
        ({"web": {**WEB, "validity_time": 5}}, "greater than or equal to 6"),
        ({"web": {"url": URL}}, "Field required"),
        ({"vat": {"url": "https://vat.example", "timeout": 5}}, "less than or equal to 4.5"),
        ({"receipt_for": ["Paid"]}, "Input should be"),
        ({"webhook": {"url": "ftp://x"}}, "begins with http"),
    ],
)
def test_wrong_options_are_refused_without_their_values(options, message):
    with pytest.raises(ValidationError, match=message) as error:
        PaymentOptions.model_validate(options)
    assert "sesame" not in str(error.value)
