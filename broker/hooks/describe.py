"""The loaded plugins as plain data, for `switchboard plugins list | show | chains` and the admin API."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from broker.hooks.breaker import PluginStats
from broker.hooks.loader import Loaded
from broker.hooks.options import shown
from broker.hooks.table import Handlers, Table

LIVE_HOOKS = (
    "register_actions",
    "register_metrics",
    "register_routes",
    "register_commands",
    "broker_starting",
    "broker_stopping",
    "connection_opening",
    "choose_route",
    "session_opened",
    "session_closed",
    "upstream_opened",
    "upstream_closed",
    "operation",
)


def plugin(one: Loaded, impls: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """One plugin: who it is, what it handles, how it is configured, how it fares."""
    cls = type(one.instance)
    return {
        "name": one.name,
        "module": f"{cls.__module__}:{cls.__qualname__}",
        "summary": (cls.__doc__ or "").strip().partition("\n")[0],
        "enabled": True,
        "on_error": one.guard.on_error,
        "time_limit": one.guard.time_limit,
        "hooks": [hook for hook in LIVE_HOOKS if any(impl.loaded is one for impl in impls[hook])],
        "handles": _handles(one),
        "config": shown(one.instance.config),
        "stats": stats(one.guard.stats),
    }


def stats(figures: PluginStats) -> dict[str, Any]:
    """The counts of one plugin; `seconds` is extrapolated from a sample."""
    return {
        "calls": figures.calls,
        "errors": figures.errors,
        "timeouts": figures.timeouts,
        "seconds": round(figures.seconds, 6),
        "breaker_open": figures.breaker_open,
    }


def _handles(one: Loaded) -> dict[str, list[dict[str, Any]]]:
    """By hook: version, action and direction (None for both) of each selector."""
    handles: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for handler in one.handlers:
        handles[handler.hook].extend(
            {"version": str(s.version), "action": s.action, "direction": s.direction and str(s.direction)}
            for s in handler.marks.selectors
        )
    return dict(handles)


def chains(table: Table) -> list[dict[str, Any]]:
    """Every chain that has a handler, sorted by direction and action."""
    rows = []
    for direction, action, chain in table.chains():
        row = {
            "direction": str(direction),
            "action": action,
            "on_call": _labels(chain.on_call),
            "answer": chain.answer.label if chain.answer else None,
            "on_reply": _labels(chain.on_reply),
            "record": _labels(chain.record),
            "observe": _labels(chain.observe),
        }
        if any((row["on_call"], row["answer"], row["on_reply"], row["record"], row["observe"])):
            rows.append(row)
    return sorted(rows, key=lambda row: (str(row["direction"]), str(row["action"])))


def _labels(handlers: Handlers) -> list[str]:
    return [handler.label for handler in handlers]
