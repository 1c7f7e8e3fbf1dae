"""Passwords of stations: HTTP Basic (RFC 7617) over bytes, compared in constant time, without a slow hash.

Station keys are random and long (16 bytes and more by OCPP 1.6 white paper A00.FR.205), so that stretching them buys
nothing, while a fleet that reconnects at once would pay for it a thousandfold. A digest in the configuration is
one salted SHA-256.

A 1.6 `AuthorizationKey` is configured as hex and sent as the bytes it stands for; many stations send the hex text
(field-notes Q-08). Both are taken.
"""

import binascii
import hashlib
import hmac
import re
import secrets
from base64 import b64decode
from collections.abc import Iterable
from enum import Enum
from typing import Final, Literal

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_DIGEST = re.compile(r"sha256\$([^$]+)\$([0-9A-Fa-f]{64})")
# The certification tests take a configured key of 32 to 40 characters as hex (OCTT TC_085_CS).
_KEY_TEXT = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")
_KEY_BYTES: Final = range(16, 21)


class _Bad(Enum):
    BAD = "bad"


BAD: Final = _Bad.BAD
"""An Authorization header that is none of ours, or of somebody else."""
Bad = Literal[_Bad.BAD]


class Password:
    """What a station must send; never shown, also not by `repr`."""

    __slots__ = ("_accepted", "_key", "_salt")

    def __init__(self, accepted: tuple[bytes, ...], *, salt: bytes | None = None, key: bool = False) -> None:
        self._accepted = accepted
        self._salt = salt
        self._key = key

    @classmethod
    def parse(cls, text: str) -> "Password":
        """Read a password of the configuration: text, `hex:<key>` or `sha256$<salt>$<hex>`.

        Raises ValueError, without the value in it, when it is none of these.
        """
        if text.startswith("sha256$"):
            match = _DIGEST.fullmatch(text)
            if match is None:
                raise ValueError("a digest is sha256$<salt>$<64 hex digits>")
            return cls((bytes.fromhex(match[2]),), salt=match[1].encode())
        if text.startswith("hex:"):
            return cls((_key_of(text),), key=True)
        if not text:
            raise ValueError("a password is not empty")
        if _KEY_TEXT.fullmatch(text):
            return cls((text.encode(), bytes.fromhex(text)), key=True)
        return cls((text.encode(),))

    @classmethod
    def of_digests(cls, salt: str, digests: Iterable[str]) -> "Password":
        """One of which only salted digests are known, in hex, as `broker.session.grants.credential_book` keeps them."""
        return cls(tuple(map(bytes.fromhex, digests)), salt=salt.encode())

    def fingerprint(self, salt: str) -> str:
        """Tells whether what is configured is still the same; in another form the same password has another one."""
        parts = [b"" if self._salt is None else self._salt, *self._accepted]
        return hashlib.sha256(b"".join(len(part).to_bytes(4) + part for part in [salt.encode(), *parts])).hexdigest()

    def matches(self, secret: bytes) -> bool:
        """Whether `secret` is it; the time taken tells nothing about the password."""
        found = False
        for candidate in self._candidates(secret):
            for accepted in self._accepted:
                found |= hmac.compare_digest(candidate, accepted)
        return found

    def _candidates(self, secret: bytes) -> list[bytes]:
        if self._salt is not None:
            return [hashlib.sha256(self._salt + form).digest() for form in _sent_forms(secret)]
        if self._key and _HEX.fullmatch(text := secret.decode("latin-1")):
            return [secret, bytes.fromhex(text)]
        return [secret]

    def __repr__(self) -> str:
        return "Password(***)"


def hash_password(text: str) -> str:
    """The `sha256$<salt>$<hex>` of a password for the configuration: SHA-256 over the salt's text and the password.

    `hex:<key>` is digested as the bytes it stands for. Raises ValueError for what `Password.parse` would refuse.
    """
    if text.startswith("sha256$"):
        raise ValueError("this is a digest already")
    plain = _key_of(text) if text.startswith("hex:") else text.encode()
    if not plain:
        raise ValueError("a password is not empty")
    salt = secrets.token_hex(16)
    return f"sha256${salt}${hashlib.sha256(salt.encode() + plain).hexdigest()}"


def basic(header: str | None, identity: str) -> bytes | Bad | None:
    """The password bytes that `identity` sent, None without a header, `BAD` for anything else.

    The user name must equal the identity (A00.FR.204). The split is after the identity and not at the first colon,
    because a 1.6 identity may hold one (RFC 7617 2 forbids it in user names).
    """
    if header is None:
        return None
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return BAD
    try:
        sent = b64decode(encoded.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError):
        return BAD
    user = identity.encode() + b":"
    # The user name is no secret: it stands in the URL.
    return sent[len(user) :] if sent.startswith(user) else BAD


def _key_of(text: str) -> bytes:
    digits = text.removeprefix("hex:")
    if _HEX.fullmatch(digits) is None:
        raise ValueError("a hex: key is an even number of hex digits")
    return bytes.fromhex(digits)


def _sent_forms(secret: bytes) -> list[bytes]:
    """The forms of what was sent that a digest may have been made of: as it is, the key it spells, its spelling."""
    forms = [secret]
    if _KEY_TEXT.fullmatch(secret.decode("latin-1")):
        forms.append(bytes.fromhex(secret.decode("ascii")))
    if len(secret) in _KEY_BYTES:
        forms += [secret.hex().encode(), secret.hex().upper().encode()]
    return forms
