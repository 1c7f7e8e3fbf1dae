"""What the CSMS says of an idToken: its IdTokenInfoType (part 2, 2.29), from the broker's tokens."""

from typing import Any

from broker.api import Token
from plugins.ocpp201.id_tokens import CENTRAL, TYPES
from plugins.ocpp201.versions import V201
from plugins.shared.ci_string import folded
from plugins.shared.values import text, timestamp

Info = dict[str, Any]

#: identifierString of an idToken: what a station of 2.0.1 can hold.
LONGEST_201 = 36
#: IdTokenEnumType of 2.0.1; to 2.1 a type is any text.
TYPES_201 = TYPES - {"DirectPayment", "EVCCID", "VIN"}


def is_of_type(token: Token, id_token: dict[str, Any]) -> bool:
    """Whether it is presented as what it is: a token without a type may come as any."""
    return not token.type or folded(token.type) == folded(text(id_token.get("type")) or "")


def fits(token: Token, kind: str, version: str) -> bool:
    """Whether a station of this version can be told of the token as one of this type."""
    return version != V201 or (0 < len(token.id) <= LONGEST_201 and kind in TYPES_201)


def info_of(token: Token, identity: str, version: str, now: float, cache_seconds: float | None) -> Info:
    """The idTokenInfo of a token for a station; `cache_seconds`: how long a station may remember it."""
    info: Info = {"status": _status(token, identity, now)}
    until = _cached_until(token, now, cache_seconds)
    if until is not None:
        info["cacheExpiryDateTime"] = until
    if token.priority is not None:
        info["chargingPriority"] = token.priority
    if token.language:
        info["language1"] = token.language
    if token.language2:
        info["language2"] = token.language2
    if evses := token.evses.get(identity):
        info["evseId"] = sorted(set(evses))
    if (group := group_of_token(token, version)) is not None:
        info["groupIdToken"] = group
    if token.message:
        info["personalMessage"] = _message(token.message, token.language)
    return info


def _status(token: Token, identity: str, now: float) -> str:
    if token.status != "Accepted":
        return token.status
    if token.expires is not None and token.expires <= now:
        return "Expired"
    if token.evses.get(identity) == []:  # valid elsewhere, at no EVSE of this station
        return "NotAtThisLocation"
    return "NoCredit" if token.credit is not None and token.credit <= 0 else "Accepted"


def _cached_until(token: Token, now: float, cache_seconds: float | None) -> str | None:
    """C17.FR.01, C17.FR.02: what is prepaid is not to be cached at all, so it expires now."""
    ends = [token.expires] if token.expires is not None else []
    if token.credit is not None:
        ends.append(now)
    elif cache_seconds is not None:
        ends.append(now + cache_seconds)
    return timestamp(min(ends)) if ends else None


def group_of_token(token: Token, version: str) -> dict[str, str] | None:
    """C09: its group; the one that is the station's MasterPassGroupId makes it a master pass (C16)."""
    if not token.parent or (version == V201 and len(token.parent) > LONGEST_201):
        return None
    kind = token.parent_type or CENTRAL
    return {"idToken": token.parent, "type": kind if version != V201 or kind in TYPES_201 else CENTRAL}


def _message(content: str, language: str | None) -> dict[str, str]:
    message = {"format": "UTF8", "content": content}
    if language:
        message["language"] = language
    return message
