"""Messages with every member that their schema has, one of them replaced by anything else; and who is to bear them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any, NamedTuple

from broker.api import Call, Direction, Reply
from broker.hooks.resolve import profiles, resolve
from broker.ocpp import Version
from broker.ocpp.actions import FROM_STATION, TO_STATION
from broker.ocpp.schema_files import is_timestamp, load
from broker.testing import Harness, NotForwarded
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, Sessions

Path = tuple[str | int, ...]
OPTIONS: dict[str, dict[str, Any]] = {
    "ocpp201.tariff_cost": {
        "tariffs": [FULL],
        "default": "FULL",
        "cost_updated_interval": 60,
        "running_cost": "always",
    },
    "ocpp201.transactions": {"concurrent_tx": True},
}
_AT = "2026-01-01T00:00:00Z"
_USUAL = ("Accepted", "Energy.Active.Import.Register", "Sample.Periodic", "Outlet", "Charging", "TxProfile", "Absolute")
_TEXTS = {"unit": "Wh", "idToken": "CARD"}


def usual(words: list[str]) -> str:
    """What most messages say."""
    return next((word for word in _USUAL if word in words), words[0])


def full(
    version: Version, action: str, *, result: bool = False, choose: Callable[[list[str]], str] = usual
) -> dict[str, Any]:
    """A payload with every member; the same names and numbers everywhere, so that messages refer to each other."""
    schema = load(version, action, result=result) or {}
    definitions = schema.get("definitions", {})

    def value(schema: dict[str, Any], name: str) -> Any:
        if "$ref" in schema:
            return value(definitions[schema["$ref"].rpartition("/")[2]], name)
        if "enum" in schema:
            return choose(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            return {key: value(one, key) for key, one in schema.get("properties", {}).items()}
        if kind == "array":
            return [value(schema.get("items", {}), name) for _ in range(max(1, schema.get("minItems", 1)))]
        if kind == "string":
            return _AT if is_timestamp(schema.get("pattern", "")) else _TEXTS.get(name, "TEXT")
        return {"integer": 0 if name == "seqNo" else 1, "number": 1.5, "boolean": name != "tbc"}.get(str(kind), "any")

    found: dict[str, Any] = value(schema, "")
    return found


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Where something could be replaced: each member at each depth, the payload itself not."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


def replaced(payload: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The payload with something else there."""
    changed: dict[str, Any] = deepcopy(payload)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


class Message(NamedTuple):
    """A call of a station, or one to it with its `result`."""

    action: str
    payload: dict[str, Any]
    result: dict[str, Any] | None = None

    def with_odd(self, path: Path, value: Any) -> "Message":
        """The same with something else at `path`, which begins with the name of the part."""
        part = str(path[0])
        return self._replace(**{part: replaced(getattr(self, part), path[1:], value)})


def messages(version: Version, choose: Callable[[list[str]], str] = usual) -> list[Message]:
    """One of each action and direction."""
    calls = [Message(action, full(version, action, choose=choose)) for action in sorted(FROM_STATION[version])]
    for action in sorted(TO_STATION[version]):
        payload, result = (full(version, action, result=which, choose=choose) for which in (False, True))
        calls.append(Message(action, payload, result))
    return calls


def places(message: Message) -> list[Path]:
    """All paths of a message."""
    parts = {"payload": message.payload} | ({} if message.result is None else {"result": message.result})
    return [path for path in paths(parts) if len(path) > 1]


class Everything:
    """All built-in profiles, and what fails in any of them."""

    def __init__(self) -> None:
        self.h = Harness(*((resolve(spec.name), OPTIONS.get(spec.name, {})) for spec in profiles()))
        self.h.contexts.sessions = Sessions(self.h)
        self.h.cut_errors = True

    async def take(self, version: Version, message: Message) -> None:
        """A message in its direction; one that a plugin ends is no failure."""
        if message.result is None:
            await self._from_station(version, message)
            return
        to = Direction.TO_STATION
        with suppress(NotForwarded):
            await self.h.forward(version, message.action, message.payload, direction=to, origin="api")
            await self.h.reply(version, message.action, message.payload, Reply.result(message.result), direction=to)

    async def _from_station(self, version: Version, message: Message) -> None:
        try:
            await self.h.call(version, message.action, message.payload)
        except AssertionError:  # an odd message may get an odd answer, which repeats parts of it
            call = Call.of(message.action, message.payload, version=version)
            if self.h.plugins.schemas.check_call(call) is None:
                raise


@contextmanager
def failures() -> Iterator[list[str]]:
    """What is logged as an error meanwhile: what a plugin, or a task of one, has failed with."""
    found: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(logging.Formatter().format(record))

    handler = Handler(logging.ERROR)
    logging.getLogger().addHandler(handler)
    try:
        yield found
    finally:
        logging.getLogger().removeHandler(handler)
