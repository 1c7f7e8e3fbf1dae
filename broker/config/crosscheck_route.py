"""One route against the upstreams that there are. Reads the plain document, like `broker.config.crosscheck`."""

from collections.abc import Collection, Iterator
from typing import Any

from broker.config.base import Fault
from broker.config.routes import LOCAL

_Named = tuple[tuple[str | int, ...], str]


def route_faults(route: Any, upstreams: Collection[str]) -> Iterator[Fault]:
    """Names that name no upstream, or one that has a part in the route already, below the route itself."""
    if not isinstance(route, dict):
        return
    known = sorted(name for name in upstreams if name != LOCAL)
    primary = route.get("primary")
    if isinstance(primary, str) and primary not in (LOCAL, *known):
        yield Fault(("primary",), _one_of([LOCAL, *known]))
    yield from _others(_secondaries(route), primary, known)
    yield from _others(_failover(route), primary, [LOCAL, *known])
    if primary == LOCAL and _expects_an_end(route.get("when_primary_down")):
        yield Fault(("when_primary_down",), "close or hold: the broker's own CSMS, which is the primary, is never down")


def _others(named: list[_Named], primary: Any, allowed: list[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for loc, name in named:
        if name not in allowed:
            yield Fault(loc, _one_of([one for one in allowed if one != primary]))
        elif name == primary:
            yield Fault(loc, "another one than the primary")
        elif name in seen:
            yield Fault(loc, "each upstream once")
        seen.add(name)


def _one_of(names: list[str]) -> str:
    return f"one of: {', '.join(names)}" if names else "the name of an upstream, and there is none that it could be"


def _secondaries(route: dict[str, Any]) -> list[_Named]:
    entries = route.get("secondaries")
    return [
        (("secondaries", index, "upstream"), entry["upstream"])
        for index, entry in enumerate(entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("upstream"), str)
    ]


def _failover(route: dict[str, Any]) -> list[_Named]:
    section = route.get("when_primary_down")
    names = section.get("failover") if isinstance(section, dict) else None
    listed = [names] if isinstance(names, str) else names
    return [
        (("when_primary_down", "failover", index), name)
        for index, name in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(name, str)
    ]


def _expects_an_end(when_down: Any) -> bool:
    return when_down == "stand_in" or isinstance(when_down, dict)
