"""Secrets: their sources, their forms, and that none shows."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from broker.config.base import Model
from broker.config.secrets import HeaderValue, Password, Secret, StoredSecret, is_digest, password_length

DIGEST = "sha256$0011$" + "ab" * 32


class Holder(Model):
    plain: Secret | None = None
    stored: StoredSecret | None = None
    password: Password | None = None
    header: HeaderValue | None = None


def read(value: str, folder: Path) -> str:
    holder = Holder.model_validate({"plain": value}, context={"folder": folder})
    assert holder.plain is not None
    return holder.plain.get_secret_value()


def test_a_file_is_read_without_its_last_line_break(tmp_path):
    (tmp_path / "a").write_bytes(b"hunter2 \r\n")
    assert read("file:a", tmp_path) == "hunter2 "


def test_only_one_line_break_is_taken_off(tmp_path):
    (tmp_path / "a").write_bytes(b"x\n\n")
    assert read("file: a", tmp_path) == "x\n"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 70000])
def test_a_file_without_a_usable_secret_is_refused(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValidationError):
        read("file:a", tmp_path)


@pytest.mark.parametrize("name", ["file:", "file:none", "file:.", "file:a\0b"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(ValidationError):
        read(name, tmp_path)


@pytest.mark.parametrize("text", ["text", "hex:00ff3a", "hex:00FF", DIGEST, "sha256", "hexagon"])
def test_the_forms_of_a_password(text):
    assert Holder(password=text).password == SecretStr(text)


@pytest.mark.parametrize("text", ["", "hex:", "hex:0", "hex:zz", "sha256$", "sha256$$" + "a" * 64, "sha256$aa$bb"])
def test_a_malformed_password_is_refused(text):
    with pytest.raises(ValidationError):
        Holder(password=text)


def test_a_token_with_hex_before_it_is_just_text():
    assert Holder(stored="hex:0").stored == SecretStr("hex:0")


@pytest.mark.parametrize("text", ["a\r\nX: b", "a\0", "\x7f"])
def test_a_header_value_cannot_smuggle_a_line(text):
    with pytest.raises(ValidationError):
        Holder(header=text)


@pytest.mark.parametrize("field", ["plain", "stored", "password", "header"])
def test_no_secret_shows_in_any_rendering(field):
    holder = Holder(**{field: "hunter2-hunter2"})
    assert "hunter2" not in repr(holder) + str(holder) + holder.model_dump_json() + str(holder.model_dump())


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("password", "hex:hunter2"), ("stored", "sha256$hunter2"), ("header", "hunter2\n"), ("plain", ["hunter2"])],
)
def test_no_secret_shows_in_an_error(field, wrong):
    with pytest.raises(ValidationError) as caught:
        Holder(**{field: wrong})
    assert "hunter2" not in str(caught.value)


def test_the_length_of_a_password_is_that_of_its_bytes():
    lengths = [password_length(SecretStr(text)) for text in ("abc", "hex:0011", "ü", DIGEST)]
    assert lengths == [3, 2, 2, None]


def test_a_digest_is_told_from_text():
    assert is_digest(SecretStr(DIGEST))
    assert not is_digest(SecretStr("text"))
