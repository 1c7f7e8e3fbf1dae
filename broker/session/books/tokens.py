"""What upstreams have said of tokens: the cache that stands in for them (field-notes 4.3, Authorize).

A token is known by a digest alone. An answer holds until its own expiry date, and for thirty days at most.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from time import time
from typing import Any

from broker.ocpp import Call, Reply
from broker.ocpp.jsontext import decode, encode
from broker.session.books.transaction import members
from broker.store import Store, ops

_HOLDS = 30 * 86400.0
_MOST = 100_000  # tokens in memory, all upstreams together


class Tokens:
    """By upstream and token: its idTagInfo or idTokenInfo."""

    def __init__(self, store: "Store | None" = None) -> None:
        self._store = store
        self._known: OrderedDict[tuple[str, str], tuple[bytes, float]] = OrderedDict()

    async def load(self, upstreams: Iterable[str]) -> None:
        """Read what the store has kept."""
        for upstream in upstreams if self._store is not None else ():
            assert self._store is not None
            for digest, known in (await self._store.tokens(upstream)).items():
                self._known[upstream, digest] = known

    def learn(self, upstream: str, call: Call, reply: Reply) -> None:
        """Take an upstream's answer to Authorize, StartTransaction, StopTransaction or TransactionEvent."""
        if not reply.is_result:
            return
        token, answer = token_of(members(call)), members(reply)
        info = answer.get("idTagInfo") or answer.get("idTokenInfo")
        if token is None or not isinstance(info, dict) or not isinstance(info.get("status"), str):
            return
        until = min(_expiry(info), time() + _HOLDS)
        digest, data = _digest(token), encode(info)
        known = self._known.get((upstream, digest))
        self._known[upstream, digest] = (data, until)
        self._known.move_to_end((upstream, digest))
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        if self._store is not None and (known is None or known[0] != data or until - known[1] > _HOLDS / 30):
            self._store.later([ops.put_token(upstream, digest, data, until)])

    def info(self, upstream: str, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """What `upstream` said of the token that a payload names; None where it never has, or not of late."""
        token = token_of(payload)
        known = self._known.get((upstream, _digest(token))) if token is not None else None
        if known is None or known[1] <= time():
            return None
        info: dict[str, Any] = decode(known[0])
        return info


def token_of(payload: Mapping[str, Any]) -> str | None:
    """The token of a payload, with its type where it has one; 1.6 compares without regard to case."""
    if isinstance(tag := payload.get("idTag"), str):
        return f"tag:{tag.casefold()}"
    token = payload.get("idToken")
    if isinstance(token, dict) and isinstance(token.get("idToken"), str):
        return f"{token.get('type')}:{token['idToken'].casefold()}"
    return None


def _digest(token: str) -> str:
    return blake2b(token.encode(errors="replace"), digest_size=16).hexdigest()


def _expiry(info: dict[str, Any]) -> float:
    text = info.get("expiryDate") or info.get("cacheExpiryDateTime")
    if isinstance(text, str):
        try:
            date = datetime.fromisoformat(text)
            # OCPP wants UTC (1.6 3.13): a date without an offset is not the broker's local time.
            return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return 0.0
    return float("inf")
