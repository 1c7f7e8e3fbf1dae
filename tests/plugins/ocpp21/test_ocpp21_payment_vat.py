import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp21.payment.vat import has_form


@pytest.mark.parametrize(
    "vat_number",
    [
        "NL123456789B01",
        "DE123456789",
        "ATU12345678",
        "fr ab 123456789",
        "IE1234567FA",
        "EL123456789",
        "XI123456789012",
        "BE 0123.456.789",
        "ESX1234567X",
    ],
)
def test_a_number_of_a_member_state_has_its_form(vat_number):
    assert has_form(vat_number)


@pytest.mark.parametrize(
    "vat_number",
    [
        "",
        "NL",
        "NL12345678B01",
        "DE12345678",
        "DE1234567890",
        "US123456789",
        "GR123456789",
        "123456789",
        "DE12345678٩",
        "ATU1234567A",
    ],
)
def test_another_text_has_none(vat_number):
    assert not has_form(vat_number)


@given(st.text(max_size=25))
def test_any_text_is_judged(vat_number):
    assert has_form(vat_number) in (True, False)
