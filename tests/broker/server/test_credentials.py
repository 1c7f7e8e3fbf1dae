import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.server.credentials import BAD, Password, basic, hash_password

KEY = bytes([0x00, 0x3A, 0xFF, *range(17)])


def header(sent):
    return "Basic " + base64.b64encode(sent).decode()


def test_text_is_compared_as_utf8_bytes():
    password = Password.parse("p\u00e4ssword-of-16-ch")
    assert password.matches("p\u00e4ssword-of-16-ch".encode())
    assert not password.matches("p\u00e4ssword-of-16-ch".encode("latin-1"))
    assert not password.matches(b"")


@pytest.mark.parametrize(
    "form", [KEY, KEY.hex().encode(), KEY.hex().upper().encode(), b"003aFF" + KEY[3:].hex().encode()]
)
def test_a_hex_key_is_taken_as_bytes_and_as_hex_text_in_either_case(form):
    assert Password.parse("hex:" + KEY.hex()).matches(form)
    assert Password.parse("hex:" + KEY.hex().upper()).matches(form)


def test_a_hex_key_takes_nothing_else():
    password = Password.parse("hex:" + KEY.hex())
    assert not password.matches(KEY[:-1])
    assert not password.matches(KEY + b"\0")
    assert not password.matches(KEY.hex().encode() + b"0")
    assert not password.matches(b"hex:" + KEY.hex().encode())


def test_a_configured_text_of_40_hex_digits_is_a_key_too():
    password = Password.parse(KEY.hex())
    assert password.matches(KEY.hex().encode())
    assert password.matches(KEY)


def test_a_configured_text_of_16_hex_digits_is_text():
    password = Password.parse("0123456789abcdef")
    assert password.matches(b"0123456789abcdef")
    assert not password.matches(bytes.fromhex("0123456789abcdef"))


@pytest.mark.parametrize("made_of", ["hex:" + KEY.hex(), KEY.hex()])
@pytest.mark.parametrize("form", [KEY, KEY.hex().encode()])
def test_a_digest_of_a_key_takes_both_forms(made_of, form):
    assert Password.parse(hash_password(made_of)).matches(form)


def test_a_digest_of_a_text():
    text = hash_password("a-good-password-1")
    scheme, salt, digest = text.split("$")
    assert scheme == "sha256"
    assert digest == hashlib.sha256(salt.encode() + b"a-good-password-1").hexdigest()
    assert Password.parse(text).matches(b"a-good-password-1")
    assert not Password.parse(text).matches(b"a-good-password-2")
    assert not Password.parse(text).matches(text.encode())


def test_two_digests_of_one_password_differ():
    assert hash_password("a-good-password-1") != hash_password("a-good-password-1")


@pytest.mark.parametrize("text", ["", "hex:", "hex:abc", "hex:zz", "sha256$", "sha256$salt$00", "sha256$$" + "0" * 64])
def test_a_malformed_password_is_an_error_that_does_not_show_it(text):
    with pytest.raises(ValueError) as caught:
        Password.parse(text)
    assert len(text) < 8 or text not in str(caught.value)


@pytest.mark.parametrize("text", ["", "hex:", "hex:abc", "sha256$salt$" + "0" * 64])
def test_only_a_password_is_hashed(text):
    with pytest.raises(ValueError):
        hash_password(text)


def test_a_password_is_never_shown():
    assert "good" not in repr(Password.parse("a-good-password-1"))
    assert "good" not in str(Password.parse("a-good-password-1"))


def test_basic_splits_after_the_identity_and_not_at_the_first_colon():
    assert basic(header(b"CP:1:secret"), "CP:1") == b"secret"
    assert basic(header(b"CP:1:secret"), "CP") == b"1:secret"
    assert basic(header(b"CP1:" + KEY), "CP1") == KEY
    assert basic(header("\u00e9:x".encode()), "\u00e9") == b"x"
    assert basic(header(b"CP1:"), "CP1") == b""


def test_the_scheme_is_read_without_case():
    assert basic("basic " + base64.b64encode(b"CP1:x").decode(), "CP1") == b"x"
    assert basic("BASIC   " + base64.b64encode(b"CP1:x").decode() + " ", "CP1") == b"x"


def test_no_header_is_not_a_bad_one():
    assert basic(None, "CP1") is None


@pytest.mark.parametrize(
    "value",
    ["", "Basic", "Basic ", "Basic !!!!", "Basic Q1AxOng", "Bearer abc", "Basic \u00e9", header(b"CP1"), header(b":x"),
     header(b"cp1:x"), header(b"CP2:x"), header(b"CP1 :x"), header(b"CP1:x") + ", " + header(b"CP1:x")],
)  # fmt: skip
def test_anything_else_is_bad(value):
    assert basic(value, "CP1") is BAD


@given(st.text(max_size=200))
def test_any_header_is_judged_without_an_exception(value):
    assert basic("Basic " + value, "CP1") is BAD or isinstance(basic("Basic " + value, "CP1"), bytes)


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_only_the_same_bytes_match(secret, other):
    password = Password.parse("hex:" + (secret or b"x").hex())
    expected = other == (secret or b"x") or other.lower() == (secret or b"x").hex().encode()
    assert password.matches(other) is expected


@pytest.mark.parametrize("sent", [b"first", b"second"])
def test_a_password_of_several_digests_is_any_of_them(sent):
    digests = [hashlib.sha256(b"salt" + one).hexdigest() for one in (b"first", b"second")]
    assert Password.of_digests("salt", digests).matches(sent)
    assert not Password.of_digests("tlas", digests).matches(sent)
    assert not Password.of_digests("salt", digests).matches(b"third")
    assert not Password.of_digests("salt", ()).matches(sent)


def test_a_fingerprint_tells_passwords_apart_and_tells_nothing_of_them():
    texts = ["a-good-password-1", "a-good-password-2", KEY.hex(), hash_password("x"), hash_password("x")]
    prints = [Password.parse(text).fingerprint("salt") for text in texts]
    assert prints == [Password.parse(text).fingerprint("salt") for text in texts]
    assert len(set(prints)) == len(texts)
    assert Password.parse(texts[0]).fingerprint("other") != prints[0]
    assert not any(text in "".join(prints) for text in texts)
