"""Locations as they may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.locations import shown

TOKEN = "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("https://h.example/v2.bin", "https://h.example/v2.bin"),
        ("ftp://user:secret@h.example:21/dir/", "ftp://***@h.example:21/dir/"),
        ("ftp://user@h.example/", "ftp://***@h.example/"),
        ("ftp://user:sec@ret@h.example/", "ftp://***@h.example/"),
        ("ftp://user:sec/ret@h.example/", "ftp://***@h.example/"),
        ("ftp://user:sec?ret@h.example/", "ftp://***@h.example/"),
        ("ftp://user:sec#ret@h.example/", "ftp://***@h.example/"),
        ("https://h.example/v2.bin?X-Amz-Signature=secret", "https://h.example/v2.bin?***"),
        ("https://h.example/v2.bin#secret", "https://h.example/v2.bin#***"),
        ("https://h.example/v2.bin?a#secret", "https://h.example/v2.bin?***"),
        ("https://h.example/v2.bin?mail=a@b", "https://***@b"),
        (f"http://h.example/{TOKEN}/v2.bin", "http://h.example/***/v2.bin"),
        (f"http://h.example/files/{TOKEN}", "http://h.example/files/***"),
        (f"http://h.example/{TOKEN}0/v2.bin", f"http://h.example/{TOKEN}0/v2.bin"),
        ("mailto:user:secret@h", "***"),
        ("data:,x?secret", "***"),
        ("urn:isbn:0451450523", "urn:isbn:0451450523"),
        ("", ""),
    ],
)
def test_what_is_secret_is_not_shown(location, text):
    assert shown(location) == text


WORD = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


@given(WORD, WORD, st.sampled_from(["ftp", "http", "sftp"]))
def test_no_password_is_shown_whatever_is_in_it(user, password, scheme):
    text = shown(f"{scheme}://{user}:pw{password}pw@h.example/logs")
    assert text == f"{scheme}://***@h.example/logs"


@given(st.text(max_size=3000))
def test_anything_at_all_can_be_shown(text):
    assert len(shown(text)) <= 1100
