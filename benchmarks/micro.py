"""What the parts of the broker cost on the 306-byte MeterValues CALL, each alone and without any I/O."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any, TypeVar

from benchmarks.figures import Row, row
from benchmarks.plugins import IDLE, INTERESTED
from benchmarks.scenarios import Plan
from benchmarks.wire import METER_VALUES_PAYLOAD
from broker.hooks import Direction, Plugins, PluginSpec, run_on_call
from broker.metrics import Metrics
from broker.ocpp import Call, Exchange, Pending, Reply, Schemas, Version, encode_call, encode_reply, parse

_VERSION = Version.V16
_FRAME = b'[2,"0000000001","MeterValues",' + METER_VALUES_PAYLOAD + b"]"
_REPLY = b'[3,"0000000001",{}]'
_BATCH = 2_000

T = TypeVar("T")


def micro(plan: Plan) -> Iterable[Row]:
    """Microseconds of wall clock, over batches of calls."""
    for name, work in _works():
        yield row("micro", name, "us", _timed(work, plan))
    yield row("micro", "on_call chain, 15 plugins, 3 interested", "us", asyncio.run(_chain(plan)))


def _timed(work: Callable[[], object], plan: Plan) -> list[float]:
    """Microseconds a call of `work`, one figure a batch."""
    figures: list[float] = []
    until = time.perf_counter() + plan.seconds / 2
    while not figures or time.perf_counter() < until:
        began = time.perf_counter()
        for _ in range(_BATCH):
            work()
        figures.append((time.perf_counter() - began) / _BATCH * 1e6)
    return figures[1:] or figures  # the first one warms up


def _works() -> Iterator[tuple[str, Callable[[], object]]]:
    call = _parsed(_FRAME, Call)
    reply = _parsed(_REPLY, Reply)
    schemas = Schemas()
    metrics = Metrics()
    yield "parse a CALL", lambda: parse(_FRAME, _VERSION)
    yield "parse a CALLRESULT", lambda: parse(_REPLY, _VERSION)
    yield "encode a CALL", lambda: encode_call("S1", call)
    yield "encode a CALLRESULT", lambda: encode_reply(call.id_json, reply)
    yield "exchange, our call and its reply", _own_call(call)
    yield "exchange, the peer's call and our answer", _peers_call(call)
    yield "decode the payload", lambda: _fresh(call).payload
    yield "validate the CALL, decoding included", lambda: schemas.check_call(_fresh(call))
    yield (
        "parse and validate a CALLRESULT",
        lambda: schemas.check_result(_VERSION, "MeterValues", _parsed(_REPLY, Reply)),
    )
    yield "metrics of one call", lambda: metrics.call("ocpp1.6", "MeterValues", "from_station", "result")


def _parsed(frame: bytes, kind: type[T]) -> T:
    message = parse(frame, _VERSION)
    assert isinstance(message, kind), message
    return message


def _fresh(call: Call) -> Call:
    """The same call with its payload not decoded yet."""
    return Call(call.action, call.raw, version=_VERSION, id=call.id, id_json=call.id_json)


def _own_call(call: Call) -> Callable[[], object]:
    exchange = Exchange(prefix="U")
    now = time.monotonic()

    def work() -> None:
        exchange.submit(Pending(call, None, now + 30))
        sent = exchange.next_to_send(now)
        assert sent is not None
        reply = Reply.result(b"{}")
        reply.id = sent.message_id
        exchange.take_reply(reply)

    return work


def _peers_call(call: Call) -> Callable[[], object]:
    exchange = Exchange(prefix="S")

    def work() -> None:
        exchange.take_call(call)
        exchange.answered(call)

    return work


async def _chain(plan: Plan) -> list[float]:
    """The chain as a session runs it, async handlers and all."""
    plugins = Plugins.load([PluginSpec(plugin.__name__, plugin=plugin) for plugin in (*INTERESTED, *IDLE)])
    handlers = plugins.table(_VERSION).chain(Direction.FROM_STATION, "MeterValues").on_call
    session: Any = SimpleNamespace(state={})
    call = _parsed(_FRAME, Call)
    figures: list[float] = []
    until = time.perf_counter() + plan.seconds / 2
    while not figures or time.perf_counter() < until:
        began = time.perf_counter()
        for _ in range(_BATCH):
            await run_on_call(handlers, session, call)
        figures.append((time.perf_counter() - began) / _BATCH * 1e6)
    return figures
