import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp21.payment.totp import is_valid, secret_of, totp

SECRET = "a secret of many characters"
NOW = 1_767_225_600.0
moments = st.integers(10_000, 4_000_000_000)


def test_it_is_the_hmac_of_the_interval_from_a_place_that_its_last_byte_says_in_62_characters():
    interval = int(NOW) // 30
    made = hmac.new(SECRET.encode(), interval.to_bytes(8, "big"), hashlib.sha256).digest()
    place = made[-1] % 16
    alphabet = "0123456789" + "abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    expected = "".join(alphabet[made[(place + step) % 32] % 62] for step in range(40))
    assert totp(SECRET, NOW + 29.9, validity=30, length=40) == expected


@given(moments, st.integers(6, 3600), st.integers(6, 32))
def test_it_counts_in_its_interval_and_in_the_one_before_and_behind(at, validity, length):
    given_one = totp(SECRET, at, validity=validity, length=length)
    assert len(given_one) == length
    for shift in (-1, 0, 1):
        assert is_valid(given_one, SECRET, at + shift * validity, validity=validity, length=length)
    for shift in (-3, 3):
        assert not is_valid(given_one, SECRET, at + shift * validity, validity=validity, length=length)


@pytest.mark.parametrize("given_one", ["", "x", "\ud800", "é" * 16])
def test_another_text_does_not_count(given_one):
    assert not is_valid(given_one, SECRET, NOW, validity=60, length=16)


def test_a_part_of_it_does_not_count():
    whole = totp(SECRET, NOW, validity=60, length=16)
    assert not is_valid(whole[:15], SECRET, NOW, validity=60, length=16)


def test_each_station_has_a_secret_of_its_own():
    found = {secret_of(SECRET, identity) for identity in ("CP001", "CP002", "\ud800")}
    assert len(found) == 3
    assert all(len(one) == 32 and one.isalnum() for one in found)
    assert secret_of(SECRET, "CP001") == secret_of(SECRET, "CP001") != secret_of(SECRET + "2", "CP001")
