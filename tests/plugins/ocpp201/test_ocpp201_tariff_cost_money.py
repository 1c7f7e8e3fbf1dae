from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.tariff_cost.money import NOTHING, Amount, factor, plain, rounded, taxed, untaxed
from plugins.ocpp201.tariff_cost.tariff import TaxRate

D = Decimal
amounts = st.decimals(min_value=0, max_value=10_000, places=4)
rates = st.lists(
    st.builds(
        TaxRate, type=st.just("VAT"), tax=st.decimals(min_value=0, max_value=100, places=2), stack=st.integers(0, 3)
    ),
    max_size=5,
)


def rate(tax, stack=0):
    return TaxRate(type="VAT", tax=D(tax), stack=stack)


def test_a_tax_is_on_top_of_the_net_amount():
    assert taxed(D("10"), [rate(20)]) == Amount(D("10"), D("12.0"))


def test_without_taxes_both_halves_are_the_same():
    assert taxed(D("3.5"), []) == Amount(D("3.5"), D("3.5"))


def test_taxes_of_one_stack_add_up_and_each_stack_is_on_top_of_the_one_below():
    assert factor([rate(10), rate(5)]) == D("1.15")
    assert factor([rate(5, stack=1), rate(10)]) == D("1.1") * D("1.05")


def test_the_net_amount_of_one_with_its_taxes():
    assert untaxed(D("12"), [rate(20)]) == Amount(D("10"), D("12"))


@given(amounts, rates)
def test_taking_the_taxes_off_leads_back_to_the_net_amount(net, taxes):
    assert rounded(untaxed(taxed(net, taxes).incl, taxes).excl, 6) == net


@pytest.mark.parametrize(
    ("value", "decimals", "expected"), [("0.005", 2, "0.01"), ("0.0049", 2, "0.00"), ("2.5", 0, "3")]
)
def test_rounding_is_half_up(value, decimals, expected):
    assert rounded(D(value), decimals) == D(expected)


def test_amounts_add_up_by_halves_and_nothing_is_false():
    assert Amount(D(1), D(2)) + Amount(D(3), D(4)) == Amount(D(4), D(6))
    assert Amount(D(0), D(1))
    assert not NOTHING


def test_a_price_is_of_plain_numbers():
    price = Amount(D("2.50"), D("3.00")).as_price()
    assert price == {"exclTax": 2.5, "inclTax": 3}
    assert type(price["inclTax"]) is int


@given(st.decimals(min_value=-10_000, max_value=10_000, places=6))
def test_a_number_of_json_says_the_same(value):
    assert D(str(plain(value))) == value
