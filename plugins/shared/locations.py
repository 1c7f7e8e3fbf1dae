"""Where files go to and come from, as it may be shown and kept: a location may hold a password, or be one itself."""

import re

_MASK = "***"
_TOKEN = re.compile(r"(?<=/)[0-9a-f]{40}(?=/|$)")
_LONGEST = 1000


def shown(location: str) -> str:
    """A URL without user and password, without its query (signed URLs have their key there), and without the token of
    the broker's file endpoint.

    A password may hold any character, so everything up to the last @ goes: rather too much than a part of it.
    """
    scheme, separator, rest = location[:_LONGEST].partition("://")
    if not separator:
        return _MASK if "@" in location or "?" in location else scheme
    if "@" in rest:
        rest = f"{_MASK}@{rest.rpartition('@')[2]}"
    for mark in ("?", "#"):
        before, found, _ = rest.partition(mark)
        rest = f"{before}{mark}{_MASK}" if found else rest
    return f"{scheme}://{_TOKEN.sub(_MASK, rest)}"
