"""Checks across sections. They read the plain document, so that they also run when a section has faults of its own."""

from collections.abc import Hashable, Iterator
from typing import Any

from broker.config.base import Fault
from broker.config.crosscheck_route import route_faults

_TAKEN = {
    "local": "the broker's own CSMS",
    "station": "the station, where plugins and events say who made a call",
    "api": "the admin API, where plugins and events say who made a call",
    "plugin": "a plugin, where plugins and events say who made a call",
}


def faults(document: Any) -> Iterator[Fault]:
    """Names that are used twice, and names that name nothing. Whatever is not of the right shape is passed over."""
    if not isinstance(document, dict):
        return
    yield from _twice(document, ("listeners",), "name")
    yield from _twice(document, ("stations", "known"), "identity")
    yield from _twice(document, ("stations", "known"), "serial_number")  # a certificate is one station's
    yield from _twice(document, ("admin", "tokens"), "name")
    yield from _twice(document, ("routes",), "name")
    yield from _same_address(document)
    yield from _upstreams_of_routes(document)


def _entries(document: Any, where: tuple[str, ...]) -> list[Any]:
    for key in where:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, list) else []


def _twice(document: Any, where: tuple[str, ...], key: str) -> Iterator[Fault]:
    first: dict[Hashable, int] = {}
    for index, entry in enumerate(_entries(document, where)):
        value = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(value, str):
            continue
        if value in first:
            yield Fault((*where, index, key), f"each {key} once; {'.'.join(where)}[{first[value]}] has it already")
        first.setdefault(value, index)


def _same_address(document: dict[str, Any]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    places: list[tuple[tuple[str | int, ...], Any]] = [
        (("listeners", i), entry) for i, entry in enumerate(_entries(document, ("listeners",)))
    ]
    for loc, entry in [*places, *(((name,), document.get(name)) for name in ("files", "admin"))]:
        bind = entry.get("bind") if isinstance(entry, dict) else None
        if not isinstance(bind, str) or bind.endswith(":0"):
            continue
        if bind in first:
            yield Fault((*loc, "bind"), f"an address of its own; {first[bind]} has this one already")
        first.setdefault(bind, str(loc[0]) if len(loc) == 1 else f"listeners[{loc[1]}]")


def _upstreams_of_routes(document: dict[str, Any]) -> Iterator[Fault]:
    upstreams = document.get("upstreams")
    names = [name for name in upstreams if isinstance(name, str)] if isinstance(upstreams, dict) else []
    for name in sorted(_TAKEN.keys() & set(names)):
        yield Fault(("upstreams", name), f"another name: {name} stands for {_TAKEN[name]}")
    for index, route in enumerate(_entries(document, ("routes",))):
        for fault in route_faults(route, names):
            yield Fault(("routes", index, *fault.loc), fault.expected)
