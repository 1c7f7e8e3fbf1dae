"""A station's identity: the last segment of the request path, percent-decoded exactly once (OCPP-J 1.6 3.1.1).

Stations and their installers paste all sorts of paths (field-notes Q-01 to Q-03). Empty segments and the query are
dropped, everything else must be the listener's path; what cannot be repaired by a rule can be named in
`identity_aliases`. The identity itself may hold any printable character: those who write it into a file name, a log
line or a URL escape it there.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

MAX_LENGTH = 255
"""Characters. OCPP 2.x allows 48 and 1.6 names no limit; some stations use longer ones."""

_PLACEHOLDER = "{identity}"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ABSOLUTE = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


def identity_from(target: str, template: str, aliases: Mapping[str, str]) -> str | None:
    """The identity in a raw request target, or None when there is none.

    `target` is what stands in the request line (origin or absolute form, RFC 9112 3.2), never decoded before.
    `template` is the listener's path, `/ocpp/{identity}`. `aliases` maps a whole raw path, or an identity, to the
    identity that is meant.
    """
    path = _path_of(target)
    segments = [segment for segment in path.split("/") if segment]
    meant = aliases.get(path) or aliases.get("/" + "/".join(segments))
    if meant is not None:
        return meant
    base = [segment for segment in template.removesuffix(_PLACEHOLDER).split("/") if segment]
    if len(segments) != len(base) + 1:
        return None
    decoded = [_decode(segment) for segment in segments]
    if decoded[:-1] != [_decode(segment) for segment in base]:
        return None
    identity = decoded[-1]
    if identity is None or not acceptable(identity):
        return None
    return aliases.get(identity, identity)


def acceptable(identity: str) -> bool:
    """Whether `identity` may be one: 1 to 255 printable characters, and no dot segment.

    `.` and `..` would be resolved away in an upstream's URL (RFC 3986 5.2.4), since dots are never percent-encoded.
    """
    return 0 < len(identity) <= MAX_LENGTH and identity not in (".", "..") and identity.isprintable()


def _path_of(target: str) -> str:
    path = target.split("?", 1)[0].split("#", 1)[0]
    return _ABSOLUTE.sub("", path, count=1)


def _decode(segment: str) -> str | None:
    if _BAD_ESCAPE.search(segment):
        return None
    try:
        return unquote_to_bytes(segment).decode("utf-8")
    except UnicodeError:  # bytes that are no UTF-8, or a raw byte that the parser let through as a surrogate
        return None
