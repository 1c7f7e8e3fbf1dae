"""/api/v1/transactions: what was charged, whoever answered, in any version of OCPP."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from broker.records import MeterValue, Records, Transaction
from broker.server.admin import record_rows
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.messages import LARGEST_PAGE, LAST_ID, USUAL_PAGE
from broker.server.admin.moments import moment_of
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import number, parameters, segment, station_identity

_TRANSACTION_SEGMENT = 5  # "", "api", "v1", "transactions", identity, transaction, "meter-values"


async def list_transactions(request: web.Request) -> web.Response:
    """Transactions in the order in which they were heard of, by pages."""
    wanted = parameters(request, "identity", "token", "open", "since", "until", "after", "limit")
    if wanted.get("open", "true") not in ("true", "false"):
        raise ApiProblem("bad-request", "the query parameter open is true or false")
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    rows = await _records(request).transactions.page(
        identity=wanted.get("identity"),
        token=wanted.get("token"),
        open=wanted["open"] == "true" if "open" in wanted else None,
        since=moment_of(wanted, "since"),
        until=moment_of(wanted, "until"),
        after=number(wanted, "after", 0, LAST_ID) or 0,
        limit=limit + 1,
    )
    answer: dict[str, Any] = {"transactions": await _with_ids(request, rows[:limit])}
    if len(rows) > limit:
        answer["next"] = rows[limit - 1].ref
    return respond(answer)


async def list_meter_values(request: web.Request) -> web.Response:
    """What was measured during one transaction, in the order in which it came, by pages."""
    wanted = parameters(request, "ref", "after", "limit")
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    after = number(wanted, "after", 0, LAST_ID) or 0
    rows = await _measured(request, number(wanted, "ref", 1, LAST_ID), after, limit + 1)
    answer: dict[str, Any] = {"meter_values": [record_rows.meter_value(row) for row in rows[:limit]]}
    if len(rows) > limit:
        answer["next"] = rows[limit - 1].id
    return respond(answer)


async def _measured(request: web.Request, ref: int | None, after: int, limit: int) -> list[MeterValue]:
    identity = station_identity(request)
    transaction = segment(request, _TRANSACTION_SEGMENT)
    if transaction is None:
        raise _unknown()
    records = _records(request)
    current = await records.transactions.get(identity, transaction)
    # An id that was given again: the older transaction has been moved aside under its own number.
    epoch = 0 if ref is None or (current is not None and current.epoch == 0 and current.ref == ref) else ref
    rows = await records.meter_values.of_transaction(identity, transaction, epoch=epoch, after=after, limit=limit)
    if not rows and current is None and transaction not in await _ids_of(request, identity):
        raise _unknown()
    return rows


async def _with_ids(request: web.Request, rows: Sequence[Transaction]) -> list[dict[str, Any]]:
    """Each with what the upstreams call it; one whose id was given again, and what no upstream has, with nothing."""
    ids = {identity: await _ids_of(request, identity) for identity in sorted({row.identity for row in rows})}
    return [
        record_rows.transaction(row, ids[row.identity].get(row.transaction_id, {}) if row.epoch == 0 else {})
        for row in rows
    ]


async def _ids_of(request: web.Request, identity: str) -> dict[str, dict[str, Any]]:
    """By the station's id for a transaction, what each upstream calls it."""
    found = await request.app[CONTEXT].surface.sessions.ids(identity)
    rows = [] if found is None else found["transactions"]
    # Of several with one id the open one is meant, else the latest: the last one counts.
    rows = sorted(rows, key=lambda row: (not row["closed"], row["ref"]))
    return {str(row["transaction"]): row["ids"] for row in rows}


def _records(request: web.Request) -> Records:
    return request.app[CONTEXT].surface.records


def _unknown() -> ApiProblem:
    return ApiProblem("unknown-transaction", "the station has no such transaction, or it is forgotten")
