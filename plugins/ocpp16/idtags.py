"""What the CSMS says of an idTag: its IdTagInfo (1.6 7.15), from the broker's tokens."""

from collections.abc import Coroutine
from typing import Any

from broker.api import Clock, Records, SessionView, Token
from plugins.shared.values import timestamp

Info = dict[str, Any]

#: CiString20Type (1.6 7.28): what a station can hold.
LONGEST = 20
#: AuthorizationStatus (1.6 7.2).
_STATUSES = frozenset({"Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid"})
#: Statuses of 2.x that say "I do not know it"; all its others mean "known, but not now or not here".
_UNKNOWN = frozenset({"Unknown"})


class IdTags:
    """Judges idTags. What is known of one without reading comes at once, else it has to be awaited."""

    __slots__ = ("_accept_unknown", "_clock")

    def __init__(self, clock: Clock, *, accept_unknown: bool) -> None:
        self._clock = clock
        self._accept_unknown = accept_unknown

    def info(self, records: Records, session: SessionView, tag: Any) -> Info | Coroutine[Any, Any, Info]:
        """The IdTagInfo of `tag`, whatever it is. May raise, or the coroutine, StoreFailed."""
        if not isinstance(tag, str):
            return {"status": "Invalid"}
        said = session.known_token({"idTag": tag})
        if said is not None:  # the broker stands in for the upstream that decides
            return said
        try:
            token = records.tokens.peek(tag)
        except KeyError:
            return self._read(records, session, tag)
        return self.of(token, session.identity)

    async def _read(self, records: Records, session: SessionView, tag: str) -> Info:
        return self.of(await records.tokens.find(tag), session.identity)

    def of(self, token: Token | None, identity: str) -> Info:
        """The IdTagInfo of a token for this station; None: nobody knows it."""
        if token is None:
            return {"status": "Accepted" if self._accept_unknown else "Invalid"}
        info: Info = {"status": _status(token.status)}
        if token.expires is not None:
            expiry = timestamp(token.expires)
            if expiry is not None:
                info["expiryDate"] = expiry
            if info["status"] == "Accepted" and token.expires <= self._clock.now():
                info["status"] = "Expired"
        if info["status"] == "Accepted" and (_is_spent(token) or token.evses.get(identity) == []):
            info["status"] = "Blocked"
        # A longer one can only be a group of 2.x, which no 1.6 station can hold (field-notes Q-22).
        if token.parent and len(token.parent) <= LONGEST:
            info["parentIdTag"] = token.parent
        return info


def _is_spent(token: Token) -> bool:
    """Whether a prepaid one has nothing left."""
    return token.credit is not None and token.credit <= 0


def _status(status: str) -> str:
    """A status in the words of 1.6."""
    if status in _STATUSES:
        return status
    return "Invalid" if status in _UNKNOWN else "Blocked"
