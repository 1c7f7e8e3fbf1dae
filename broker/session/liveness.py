"""How a leg that has fallen silent is found: pings, and the end of patience (field-notes Q-27)."""

import structlog

from broker.session.leg import Leg

_log = structlog.get_logger("broker.session")


def look_at_life(leg: Leg, interval: float, missed: int, now: float, identity: str) -> bool:
    """Ping a silent leg; after `missed` pings in vain cut it off. False when it was."""
    socket = leg.socket
    if not interval or socket is None:
        return True
    if leg.reading_paused:  # nobody reads, so nothing can be heard: that is our doing, not the peer's
        socket.last_heard = now
        return True
    if now - socket.last_heard < interval * (socket.pings + 1):
        return True
    if socket.pings < missed:
        socket.ping()
        return True
    _log.warning("silent peer", identity=identity, leg=leg.name, seconds=round(now - socket.last_heard))
    socket.abort()
    return False


def ping_due(leg: Leg, interval: float) -> float | None:
    """When the next ping is due; None for never."""
    socket = leg.socket
    return socket.last_heard + interval * (socket.pings + 1) if socket is not None and interval else None
