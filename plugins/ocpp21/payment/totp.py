"""One-time passwords of QR codes (OCPP 2.1 part 2, C25: "TOTP algorithm, version 1").

HMAC-SHA256 of the number of the current interval, as RFC 6238 has it, but written with 62 characters.
"""

import hashlib
import hmac

VERSION = "v1"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def totp(secret: str, at: float, *, validity: int, length: int) -> str:
    """The password of that moment (Unix seconds)."""
    return _password(secret, int(at // validity), length)


def is_valid(given: str, secret: str, at: float, *, validity: int, length: int) -> bool:
    """Whether it is the password of this interval, or of the one before or behind it: clocks differ (C25)."""
    interval = int(at // validity)
    answer = given.encode("utf-8", "replace")
    found = False
    for one in (interval - 1, interval, interval + 1):
        found |= hmac.compare_digest(_password(secret, max(one, 0), length).encode(), answer)
    return found


def _password(secret: str, interval: int, length: int) -> str:
    made = hmac.digest(secret.encode(), interval.to_bytes(8, "big"), hashlib.sha256)
    offset = made[-1] & 0x0F
    return "".join(_ALPHABET[made[(offset + place) % len(made)] % len(_ALPHABET)] for place in range(length))


def secret_of(master: str, identity: str) -> str:
    """A station's own shared secret, made of one for all of them: none has to be kept, and none tells another."""
    made = hmac.digest(master.encode(), identity.encode("utf-8", "replace"), hashlib.sha256)
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in made)
