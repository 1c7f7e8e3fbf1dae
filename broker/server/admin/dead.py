"""/api/v1/outbox/dead: messages that an upstream would not take."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from broker.server.admin.audit import audited
from broker.server.admin.jsontext import respond
from broker.server.admin.messages import LARGEST_PAGE, LAST_ID, USUAL_PAGE, page
from broker.server.admin.outbox import deliveries
from broker.server.admin.query import invalid_body, json_body, number, parameters
from broker.server.admin.surface import Deliveries

MAX_IDS = 1000
_MAX_NAME = 255
_BATCH = 200
_MEMBERS = ("ids", "identity", "upstream")

Action = Callable[[Sequence[int]], Awaitable[list[int]]]


@dataclass(frozen=True, slots=True)
class Letters:
    """Which dead letters are meant: those with these ids, or all of a station, of an upstream, or of both."""

    ids: tuple[int, ...] | None
    identity: str | None
    upstream: str | None


async def list_dead(request: web.Request) -> web.Response:
    """Dead letters in the order in which they were received, by pages."""
    wanted = parameters(request, "identity", "upstream", "after", "limit")
    after = number(wanted, "after", 0, LAST_ID) or 0
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    rows = await deliveries(request).dead(
        identity=wanted.get("identity"), upstream=wanted.get("upstream"), after=after, limit=limit + 1
    )
    return page(rows, limit, {})


async def replay_dead(request: web.Request) -> web.Response:
    """Put dead letters back at the end of their outboxes."""
    return await _acted(request, "replay", "replayed", deliveries(request).replay)


async def drop_dead(request: web.Request) -> web.Response:
    """Delete dead letters for good."""
    return await _acted(request, "drop", "dropped", deliveries(request).drop)


async def _acted(request: web.Request, name: str, done: str, action: Action) -> web.Response:
    parameters(request)
    letters = letters_of(await json_body(request))
    which = {"ids": letters.ids, "identity": letters.identity, "upstream": letters.upstream}
    given = {key: value for key, value in which.items() if value is not None}
    with audited(request, f"dead letters {name}", **given) as seen:
        ids = letters.ids if letters.ids is not None else await _chosen(deliveries(request), letters)
        found: set[int] = set()
        for start in range(0, len(ids), _BATCH):
            found.update(await action(ids[start : start + _BATCH]))
            seen[done] = len(found)
    missing = [] if letters.ids is None else [each for each in letters.ids if each not in found]
    return respond({done: len(found), "missing": missing})


async def _chosen(book: Deliveries, letters: Letters) -> tuple[int, ...]:
    """The ids of the letters that are there now, all of them read before any is touched: one that is replayed and
    dies again meanwhile must not be met twice."""
    ids: list[int] = []
    while True:
        after = ids[-1] if ids else 0
        rows = await book.dead(identity=letters.identity, upstream=letters.upstream, after=after, limit=_BATCH)
        ids += [row["id"] for row in rows]
        if len(rows) < _BATCH:
            return tuple(ids)


def letters_of(body: Any) -> Letters:
    """The letters that a decoded body names; raises ApiProblem 422 with every fault."""
    if not isinstance(body, dict):
        raise invalid_body([{"path": "", "detail": "an object with ids, or with identity, upstream or both"}])
    faults = [{"path": name, "detail": "no such member"} for name in body if name not in _MEMBERS]
    checks = (
        ("ids", _are_ids(body.get("ids", [1])), f"1 to {MAX_IDS} ids, numbers from 1 to {LAST_ID}"),
        ("identity", _is_name(body.get("identity", "-")), f"a text of 1 to {_MAX_NAME} characters"),
        ("upstream", _is_name(body.get("upstream", "-")), f"a text of 1 to {_MAX_NAME} characters"),
    )
    faults += [{"path": name, "detail": expected} for name, good, expected in checks if not good]
    if not faults and ("ids" in body) == ("identity" in body or "upstream" in body):
        faults.append({"path": "", "detail": "either ids, or identity, upstream or both"})
    if faults:
        raise invalid_body(faults)
    ids = tuple(sorted(set(body["ids"]))) if "ids" in body else None  # what came first is replayed first
    return Letters(ids, body.get("identity"), body.get("upstream"))


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= MAX_IDS and all(_is_id(item) for item in value)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LAST_ID


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME
