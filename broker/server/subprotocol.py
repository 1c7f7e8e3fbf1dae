"""Which OCPP version a connection speaks: decided by Sec-WebSocket-Protocol alone.

Source: OCPP-J 1.6 3.2, OCPP 2.0.1 part 4 3.1.2.
"""

from collections.abc import Collection, Mapping, Sequence

from broker.ocpp import Version


def offered_in(headers: Sequence[str]) -> tuple[str, ...]:
    """The names in all Sec-WebSocket-Protocol headers of a request, in the station's order (RFC 6455 11.3.4)."""
    names = (name.strip() for header in headers for name in header.split(","))
    return tuple(name for name in names if name)


def pick(
    offered: Sequence[str],
    allowed: Collection[Version],
    aliases: Mapping[str, Version],
    default: Version | None,
) -> tuple[Version, str] | None:
    """The version and the name to echo, or None when nothing fits.

    Among exact names the station's order decides; names in another case and `aliases` (keys in lower case) count
    only when there is no exact one (field-notes Q-05). Only what was offered is ever echoed: `default`, for a
    station that offers nothing at all, echoes "".
    """
    if not offered:
        return None if default is None else (default, "")
    exact = {version.value: version for version in allowed}
    for name in offered:
        if name in exact:
            return exact[name], name
    others = {**{key: version for key, version in aliases.items() if version in allowed}, **exact}
    for name in offered:
        if name.lower() in others:
            return others[name.lower()], name
    return None
