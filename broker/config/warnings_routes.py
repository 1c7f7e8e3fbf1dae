"""What routes may say but probably do not mean."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from broker.config.addresses import is_loopback
from broker.config.models import Config
from broker.config.routes import LOCAL, Route
from broker.config.secondaries import Secondary
from broker.ocpp.actions import FROM_STATION, TO_STATION

_COMMANDS = frozenset[str]().union(*TO_STATION.values())
_ENDS = ("StartTransaction", "StopTransaction")
_CALLS = frozenset[str]().union(*FROM_STATION.values())


def of_routes(config: Config) -> Iterator[str]:
    """One sentence for each, with the path first."""
    for index, route in enumerate(config.routes):
        path = f"routes[{index}]"
        yield from _of_listener(path, route, config)
        yield from _of_primary_down(path, route)
        yield from _of_credentials(path, route, config)
        for number, secondary in enumerate(route.secondaries):
            yield from _of_secondary(f"{path}.secondaries[{number}]", secondary)
    yield from _of_order(config.routes)


def _of_listener(path: str, route: Route, config: Config) -> Iterator[str]:
    listener = route.match.listener
    names = {listener.name for listener in config.listeners}
    if listener is not None and not any(char in listener for char in "*?[") and listener not in names:
        yield f"{path}.match.listener: there is no listener {listener}"


def _of_order(routes: Sequence[Route]) -> Iterator[str]:
    catch_all = next((index for index, route in enumerate(routes) if route.match.everything), None)
    if catch_all is None:
        yield "routes: no route takes every station, the others are refused; end with one that has `match: {}`"
    elif catch_all < len(routes) - 1:
        yield f"routes[{catch_all + 1}]: never reached, routes[{catch_all}] takes every station before it"


def _of_primary_down(path: str, route: Route) -> Iterator[str]:
    if route.when_primary_down_mode != "stand_in" and "stand_in" in route.model_fields_set:
        yield f"{path}.stand_in: no use without when_primary_down: stand_in"
    elif route.when_primary_down_mode == "stand_in" and route.stand_in.unknown_tokens == "accept":
        yield f"{path}.stand_in.unknown_tokens: accept, so any token at all may charge while {route.primary} is down"
    if LOCAL in route.failover[:-1]:
        yield f"{path}.when_primary_down.failover: what comes after local is never used, local is never down"


def _of_credentials(path: str, route: Route, config: Config) -> Iterator[str]:
    if route.credentials != "adopt":
        return
    pattern = route.match.listener or "*"
    for listener in config.listeners:
        if 1 in listener.security_profiles and fnmatchcase(listener.name, pattern) and not is_loopback(listener.host):
            yield f"{path}.credentials: adopt, and on the listener {listener.name} a new password goes unencrypted"


def _of_secondary(path: str, secondary: Secondary) -> Iterator[str]:
    if secondary.grants and secondary.commands in ("none", []):
        yield f"{path}.grants: no use without commands"
    if isinstance(secondary.commands, list):
        for index, action in enumerate(secondary.commands):
            if action not in _COMMANDS:
                yield f"{path}.commands[{index}]: {_unknown(action, _COMMANDS)}"
    if secondary.filter is None:
        return
    yield from _of_actions(f"{path}.filter.actions", secondary.filter.actions)
    if secondary.compare and "idTag" in secondary.filter.pseudonymise:
        yield f"{path}.compare: what it answers to pseudonyms of tokens cannot be what the primary answers"


def _of_actions(path: str, patterns: Sequence[str] | None) -> Iterator[str]:
    if patterns is None:
        return
    for index, pattern in enumerate(patterns):
        if not any(fnmatchcase(action, pattern) for action in _CALLS):
            yield f"{path}[{index}]: {_unknown(pattern, _CALLS)}"
    taken = [action for action in _ENDS if any(fnmatchcase(action, pattern) for pattern in patterns)]
    if len(taken) == 1:
        yield f"{path}: {' and '.join(_ENDS)} make sense together only"


def _unknown(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"no version of OCPP has it in this direction{f'; did you mean {close[0]}?' if close else ''}"
