"""What the admin API shows of a session; no secrets are in it."""

from time import monotonic
from typing import Any

from broker.config import LOCAL
from broker.session.leg import Leg
from broker.session.session import Session


def describe(session: Session) -> dict[str, Any]:
    """A connected station."""
    legs = [_leg(session.station, "open", "")]
    for backend in session.backends:
        state = "open" if backend.link.socket is not None else "down"
        legs.append({**_leg(backend.link, state, backend.link.last_error), "role": backend.role.value})
    idle = monotonic() - (session.station.socket.last_heard if session.station.socket else 0.0)
    return {
        "identity": session.identity,
        "connected": True,
        "version": session.version.value,
        "subprotocol": session.admission.subprotocol,
        "security_profile": session.security_profile,
        "listener": session.listener,
        "remote": session.remote,
        "user_agent": session.admission.user_agent,
        "tags": dict(session.tags),
        "connected_at": session.connected_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "idle_seconds": round(max(idle, 0.0), 1),
        "route": describe_route(session),
        "legs": legs,
    }


def describe_route(session: Session) -> dict[str, Any]:
    """Who answers, who watches, and where that comes from."""
    primary = session.primary
    return {
        "primary": session.route.primary,
        "secondaries": [secondary.upstream for secondary in session.route.secondaries],
        "answering": primary.name if primary is not None and not session.backends.standing_in else LOCAL,
        "source": session.route_source,
        "state": "switching" if session.switching else "steady",
        "links": session.backends.describe(),
    }


def _leg(leg: Leg, state: str, error: str) -> dict[str, Any]:
    row = {
        "name": leg.name,
        "state": state,
        "calls_open": int(leg.exchange.open is not None),
        "calls_waiting": leg.exchange.waiting,
        "calls_unanswered_by_us": leg.exchange.inbound,
    }
    return {**row, "error": error} if error else row
