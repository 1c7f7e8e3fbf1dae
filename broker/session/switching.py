"""From one route to another while the station is connected: drain, then switch (design.md 6)."""

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from broker.config import Route

if TYPE_CHECKING:
    from broker.session.session import Session

_STEP = 0.01

_log = structlog.get_logger("broker.session")


async def switch(session: "Session", route: Route, source: str) -> None:
    """Take another route; the station's calls wait here until those that are under way are answered.

    Transactions that are open stay with the upstream that started them, and what waits for an upstream is delivered.
    """
    while not session.reason and (session.switching or session.station.busy):  # noqa: ASYNC110 - rare, and bounded
        await asyncio.sleep(_STEP)
    if session.reason:
        return
    if not session.started:  # it dials nobody yet, since an upstream would see the station twice
        session.route_source = source
        session.take_route(route)
        return
    session.switching = session.station.busy = True
    try:
        if not await _drained(session):
            return
        _log.info("route changed", identity=session.identity, was=session.route.primary, now=route.primary)
        session.route_source = source
        session.backends.switch(route)
        session.flow.take_route()
        await session.flow.work_off(session.station)
    finally:
        session.switching = session.station.busy = False


async def _drained(session: "Session") -> bool:
    """Wait for the answers that are under way, for a call's time limit at most; False when the session ends."""
    limit = monotonic() + session.call_timeout
    while not session.reason and _under_way(session) and monotonic() < limit:  # noqa: ASYNC110
        await asyncio.sleep(_STEP)
    return not session.reason


def _under_way(session: "Session") -> bool:
    """Whether the upstream is at work on calls of the station; those in the backlog have not begun."""
    begun = session.station.exchange.inbound > len(session.station.backlog)
    return begun and session.primary is not None and session.primary.socket is not None
