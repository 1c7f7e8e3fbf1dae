from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp21.payment.url import names, parsed

TEMPLATE = "https://pay.example.com/{chargingStationId}/{EVSE}/{totp}?v={version}"


def test_the_names_of_a_template_are_in_small_letters():
    assert names(TEMPLATE) == {"chargingstationid", "evse", "totp", "version"}


def test_path_and_query_say_what_the_template_names_and_what_the_driver_has_chosen():
    found = parsed(TEMPLATE, "https://PAY.example.com/CP%2F1/2/abc/?V=v1&MaxEnergy=20000")
    assert found == {
        "chargingstationid": "CP/1", "evse": "2", "totp": "abc", "version": "v1", "v": "v1", "maxenergy": "20000",
    }  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example.com/CP1/2/abc",
        "https://pay.example.org/CP1/2/abc",
        "https://pay.example.com/CP1/2",
        "https://pay.example.com/CP1/2/abc/more",
        "https://pay.example.com/CP1//abc",
        "https://[pay/CP1/2/abc",
        "https://pay.example.com/CP1/2/abc?" + "&".join(f"a{n}=1" for n in range(60)),
        "https://pay.example.com/CP1/2/" + "a" * 2000,
        "",
    ],
)
def test_another_url_is_none_of_the_template(url):
    assert parsed(TEMPLATE, url) is None


def test_what_stands_in_the_template_is_no_pattern():
    assert parsed("https://a.example/x.y/{evse}", "https://a.example/xzy/1") is None


def test_the_path_counts_before_the_query():
    assert parsed("https://a.example/{evse}", "https://a.example/1?evse=2") == {"evse": "1"}


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.integers(1, 99))
def test_every_identity_comes_back(identity, evse):
    url = f"https://pay.example.com/{quote(identity, safe='')}/{evse}/abc?v=v1"
    assert parsed(TEMPLATE, url)["chargingstationid"] == identity
