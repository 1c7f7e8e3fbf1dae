"""In what two answers to the same call differ, as far as it means something to the station.

Compared: every status, what is said of an idTag or idToken, the boot interval, and whether it is an answer or an error.
Not compared: ids, times and free text, which two backends never have in common.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from broker.ocpp import JsonFloat, Reply

#: What stands for an idTag in an example.
HIDDEN = "**********"

_LONGEST = 64
#: An answer that says more than this says it to somebody else.
_MOST_MEMBERS = 2000
#: What is compared of an idTagInfo (1.6) or an idTokenInfo with its groupIdToken (2.x); the rest is time and text.
_TOKEN_INFO = frozenset({"idTagInfo", "idTokenInfo"})
_TOKEN_MEMBERS = frozenset(
    {"status", "parentIdTag", "chargingPriority", "language1", "language2", "evseId", "idToken", "groupIdToken", "type"}
)
_SECRET = frozenset({"parentIdTag", "idToken", "groupIdToken"})
_PRIORITY = "chargingPriority"
#: Free text, and what a vendor has put in (2.x StatusInfoType, IdTokenType, CustomDataType).
_NOT_COMPARED = frozenset({"statusInfo", "additionalInfo", "customData"})


class Kind(StrEnum):
    """What sort of difference."""

    ERROR = "error"
    """One has answered, the other has refused to (CALLERROR)."""
    ERROR_CODE = "error_code"
    """Both have refused, with other codes."""
    STATUS = "status"
    TOKEN = "token"  # noqa: S105 - what is said of an idTag or idToken
    """What is said of an idTag or idToken (idTagInfo, idTokenInfo)."""
    INTERVAL = "interval"
    """The boot interval."""


class Difference(NamedTuple):
    """One member in which the answers differ. Values are JSON scalars; None: the member is not there."""

    kind: Kind
    path: str
    primary: Any
    candidate: Any


class _Leaf(NamedTuple):
    kind: Kind
    path: str
    secret: bool
    value: Any


class _Branch(NamedTuple):
    where: str
    """The path with the indices of arrays."""
    path: str
    """The path as it is shown, `[]` for every index: it has to come from a small set."""
    name: str
    """The member's name; an array's for its items."""
    value: Any
    token: bool
    """Within an idTagInfo or idTokenInfo."""


def differences(action: str, primary: Reply, candidate: Reply) -> list[Difference]:
    """Return what differs; nothing for two answers that say the same to the station."""
    if not (primary.is_result and candidate.is_result):
        kind = Kind.ERROR if primary.is_result or candidate.is_result else Kind.ERROR_CODE
        said = _outcome(primary), _outcome(candidate)
        return [] if said[0] == said[1] else [Difference(kind, "", *said)]
    if primary.raw == candidate.raw:
        return []
    ours, theirs = _leaves(action, primary), _leaves(action, candidate)
    found: list[Difference] = []
    for where in dict.fromkeys((*ours, *theirs)):
        one, other = ours.get(where), theirs.get(where)
        leaf = one or other
        if leaf is not None and _compared(one) != _compared(other):
            found.append(Difference(leaf.kind, leaf.path, _shown(one), _shown(other)))
    return found


def _compared(leaf: _Leaf | None) -> Any:
    """The value as it is compared: JSON's `true` is not its `1`, and idTags are case-insensitive."""
    value = None if leaf is None else leaf.value
    if leaf is not None and leaf.secret and isinstance(value, str):
        return str, value.lower()
    return bool if isinstance(value, bool) else None, value


def _shown(leaf: _Leaf | None) -> Any:
    if leaf is None or leaf.value is None:
        return None
    if leaf.secret:
        return HIDDEN
    value = leaf.value
    if isinstance(value, str):
        return value[:_LONGEST]
    return value.text[:_LONGEST] if isinstance(value, JsonFloat) else value


def _outcome(reply: Reply) -> str:
    return "CALLRESULT" if reply.is_result else f"CALLERROR {reply.code}"[:_LONGEST]


def _leaves(action: str, reply: Reply) -> dict[str, _Leaf]:
    """The members that are compared, by their path with indices, in the order of the text."""
    found: dict[str, _Leaf] = {}
    open_branches = [_children(_Branch("", "", "", reply.payload, False))]
    for _ in range(_MOST_MEMBERS):
        while open_branches and (child := next(open_branches[-1], None)) is None:
            open_branches.pop()
        if not open_branches or child is None:
            break
        if isinstance(child.value, dict | list):
            open_branches.append(_children(child))
        elif kind := _kind(action, child):
            found[child.where] = _Leaf(kind, child.path, child.name in _SECRET, child.value)
    return found


def _children(parent: _Branch) -> Iterator[_Branch]:
    where, path, name, value, token = parent
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield _Branch(f"{where}[{index}]", f"{path}[]", name, item, token)
        return
    for member, item in value.items():
        if member not in _NOT_COMPARED:
            inner = f"{path}.{member}" if path else member
            yield _Branch(f"{where}.{member}", inner, member, item, token or member in _TOKEN_INFO)


def _kind(action: str, leaf: _Branch) -> Kind | None:
    if leaf.token:
        return Kind.TOKEN if leaf.name in _TOKEN_MEMBERS else None
    if leaf.name.lower().endswith("status") or leaf.name == _PRIORITY:
        return Kind.STATUS
    return Kind.INTERVAL if action == "BootNotification" and leaf.path == "interval" else None
