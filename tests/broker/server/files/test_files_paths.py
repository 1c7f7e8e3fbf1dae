"""Paths with tokens, and names that stations choose."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.server.files.paths import (
    LONGEST_NAME,
    TOKEN_LENGTH,
    clean_name,
    is_file_name,
    new_token,
    token_and_name,
    url_of,
)

TOKEN = "0123456789abcdef" * 2 + "01234567"


def test_a_token_is_160_random_bits_and_no_two_are_the_same():
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {TOKEN_LENGTH} == {40}
    assert set("".join(tokens)) == set("0123456789abcdef")


@pytest.mark.parametrize(
    ("path", "prefix", "token", "name"),
    [
        (f"/{TOKEN}", "", TOKEN, ""),
        (f"/{TOKEN}/", "", TOKEN, ""),
        (f"/{TOKEN}/log.txt", "", TOKEN, "log.txt"),
        (f"/{TOKEN}//log.txt", "", TOKEN, "log.txt"),
        (f"/{TOKEN}log.txt", "", TOKEN, "log.txt"),
        (f"//{TOKEN}/log.txt", "", TOKEN, "log.txt"),
        (f"/{TOKEN}/a/b/log.txt", "", TOKEN, "log.txt"),
        (f"/{TOKEN}/..%2f..%5Cetc%2Fpass%20wd", "", TOKEN, "pass wd"),
        (f"/{TOKEN}/%FF", "", TOKEN, "\ufffd"),
        (f"/files/{TOKEN}/log.txt", "/files", TOKEN, "log.txt"),
        (f"/{TOKEN}/log.txt", "/files", TOKEN, "log.txt"),
        (f"/filesystem/{TOKEN}", "/files", f"filesystem/{TOKEN}"[:40], f"{TOKEN}"[-11:]),
        ("/", "", "", ""),
        ("", "", "", ""),
        ("*", "", "*", ""),
    ],
)
def test_what_a_path_says(path, prefix, token, name):
    assert token_and_name(path, prefix) == (token, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\today.zip", "today.zip"),
        ("a\r\nb\x1b[2J\u202e", "a__b_[2J_"),
        ("/", ""),
        ("x" * 300, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_made_harmless(text, name):
    assert clean_name(text) == name


@given(st.text())
def test_whatever_a_station_calls_it_can_be_shown(text):
    name = clean_name(text)
    assert len(name) <= LONGEST_NAME
    assert name.isprintable()
    assert not set(name) & set("/\\")
    assert clean_name(name) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.sampled_from(["", "/files", "/a/b"]))
def test_a_url_leads_to_its_token(text, prefix):
    url = url_of(f"http://h{prefix}", TOKEN, text)
    assert token_and_name(url.removeprefix("http://h"), prefix) == (TOKEN, clean_name(text))
    assert url.startswith(f"http://h{prefix}/{TOKEN}/{quote(text[0], safe='')}")


def test_a_url_without_a_name():
    assert url_of("https://h/x", TOKEN) == f"https://h/x/{TOKEN}"


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("v2.bin", True), ("v 2\u00fc.bin", True), (".hidden", True), ("...", True), ("", False), (".", False),
        ("..", False), ("a/b", False), ("/a", False), ("a\\b", False), ("a\0b", False), ("a\n", False),
    ],
)  # fmt: skip
def test_a_file_name_leads_nowhere_else(name, good):
    assert is_file_name(name) is good
