"""Secrets: where they may be read from, which forms a stored one has, and that none is ever shown."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

from broker.config.base import folder_of

MASK = "**********"
_FILE = "file:"
_LARGEST_FILE = 65536
_DIGEST = re.compile(r"sha256\$[^$]+\$[0-9a-fA-F]{64}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


def _read(name: str, folder: Path | None) -> str:
    """The text of a secret's file without its last line break; a ValueError says what is wrong with the file."""
    if not name or "\0" in name:
        raise ValueError("file: and the path of the file that holds the secret")
    path = Path(name) if folder is None else folder / name
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ValueError(f"a readable file after file: ({error.strerror or 'cannot be opened'})") from None
    if len(data) > _LARGEST_FILE:
        raise ValueError(f"a file of at most {_LARGEST_FILE} bytes after file:")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("a file in UTF-8 after file: (write a key of raw bytes as hex:<key>)") from None
    return text.removesuffix("\n").removesuffix("\r")


def _from_file(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and value.startswith(_FILE):
        return _read(value.removeprefix(_FILE).strip(), folder_of(info))
    return value


def _not_empty(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("a secret that is not empty")
    return secret


def _digest_well_formed(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text.startswith("sha256$") and _DIGEST.fullmatch(text) is None:
        raise ValueError("sha256$<salt>$<64 hex digits> as made by `switchboard stations hash-password`")
    return secret


def _password_form(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text.startswith("hex:") and _HEX.fullmatch(text.removeprefix("hex:")) is None:
        raise ValueError("hex: and an even number of hex digits")
    return secret


def _header_value(secret: SecretStr) -> SecretStr:
    if any((ord(char) < 32 and char != "\t") or ord(char) == 127 for char in secret.get_secret_value()):
        raise ValueError("a header value without control characters (RFC 9110, 5.5)")
    return secret


Secret = Annotated[SecretStr, BeforeValidator(_from_file, json_schema_input_type=str), AfterValidator(_not_empty)]
"""A secret in plain text; `file:PATH` reads it from a file, without the line break at its end."""

StoredSecret = Annotated[Secret, AfterValidator(_digest_well_formed)]
"""A secret that others present to the broker: text, or `sha256$<salt>$<hex>`."""

Password = Annotated[StoredSecret, AfterValidator(_password_form)]
"""A station's password: text, `hex:<key>` (accepted raw and as hex text), or `sha256$<salt>$<hex>`."""

HeaderValue = Annotated[Secret, AfterValidator(_header_value)]
"""The value of an HTTP header; always treated as a secret."""


def is_digest(secret: SecretStr) -> bool:
    """Whether only a digest of the secret is stored."""
    return secret.get_secret_value().startswith("sha256$")


def password_length(secret: SecretStr) -> int | None:
    """Bytes of the password; None where only a digest is known."""
    text = secret.get_secret_value()
    if is_digest(secret):
        return None
    return len(text.removeprefix("hex:")) // 2 if text.startswith("hex:") else len(text.encode())
