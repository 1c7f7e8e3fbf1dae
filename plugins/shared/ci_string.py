"""Texts that OCPP compares without regard to case (1.6 7.28, CiString)."""

from string import ascii_lowercase, ascii_uppercase

_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def folded(value: str) -> str:
    """The same for two texts that are the same to OCPP. Within ASCII, as the records compare tokens."""
    return value.translate(_SMALL)
