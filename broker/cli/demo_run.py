"""The demo's life: build, start, show, stop."""

import asyncio
import contextlib
import errno
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from broker.cli import demo_parts
from broker.cli.console import Style, coloured, columns, note, say
from broker.cli.demo_header import header
from broker.cli.messages import Lines, Message
from broker.hooks import Direction, Event, SessionView
from broker.ocpp import Version
from broker.simulate import Fleet, SimulatedCsms
from broker.tasks import spawn

if TYPE_CHECKING:
    from broker.app import Broker

_ASK_EVERY = 7.0
_ASKED: dict[Version, tuple[str, dict[str, Any]]] = {
    Version.V16: ("GetConfiguration", {"key": ["HeartbeatInterval"]}),
    Version.V201: (
        "GetVariables",
        {
            "getVariableData": [
                {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}},
            ]
        },
    ),
    Version.V21: ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
}


@dataclass(slots=True)
class Result:
    """What happened."""

    messages: int = 0
    transactions: int = 0


async def run_demo(seconds: float | None) -> Result:
    """Run until a signal, or for `seconds`."""
    result, style = Result(), Style(coloured(sys.stdout))
    lines = Lines(style, width=columns(sys.stdout), milliseconds=False)
    with _folder() as folder, _signals() as stopped:
        note("Making certificates ...")
        await asyncio.to_thread(demo_parts.make_certificates, folder)
        hidden = demo_parts.Secrets(folder)
        async with SimulatedCsms() as csms:
            broker, ports = await _started(folder, csms.url, hidden)
            try:
                admin = broker.admin_url
                say(header(style, ports=ports, admin_url=admin, upstream=csms.url, token_file=hidden.token_file))
                broker.plugins.watch(_Printer(lines, result))
                fleet = Fleet(demo_parts.make_stations(folder, hidden, ports), ramp=3.0)
                await _live(fleet, csms, stopped, seconds)
                result.transactions = fleet.charged
            finally:
                await broker.stop()
    return result


async def _started(folder: Path, upstream: str, hidden: demo_parts.Secrets) -> "tuple[Broker, dict[str, int]]":
    """A running broker on its usual ports; on any others when one was taken meanwhile."""
    from broker.app import Broker
    from broker.config import load

    ports = demo_parts.free_ports()
    while True:
        path = demo_parts.write_config(folder, upstream, hidden, ports)
        broker = Broker(load(path), config_path=path)
        try:
            await broker.start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not any(ports.values()):
                raise
            ports = dict.fromkeys(ports, 0)
        else:
            return broker, broker.ports


async def _live(fleet: Fleet, csms: SimulatedCsms, stopped: asyncio.Event, seconds: float | None) -> None:
    tasks = [spawn(fleet.run(), name="demo stations"), spawn(_ask(csms), name="demo csms")]
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), seconds)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _ask(csms: SimulatedCsms) -> None:
    """The CSMS has questions too, so that messages go both ways."""
    while True:
        for actor in demo_parts.ACTORS:
            await asyncio.sleep(_ASK_EVERY)
            with contextlib.suppress(OSError):  # a station that is not there now is asked in the next round
                await csms.call(actor.identity, *_ASKED[actor.version])


class _Printer:
    """The observer: one line for each message that passes the broker."""

    def __init__(self, lines: Lines, result: Result) -> None:
        self._lines, self._result = lines, result

    def __call__(self, session: SessionView, event: Event) -> None:
        self._result.messages += 1
        say(self._lines.line(message_of(session, event)))


def message_of(session: SessionView, event: Event) -> Message:
    """An event of the broker as a message for the terminal."""
    error = event.outcome not in ("", "result")
    return Message(
        at=event.at,
        identity=session.identity,
        version=session.version.value,
        kind=event.kind,
        from_station=event.direction is Direction.FROM_STATION,
        action=event.action,
        message_id=event.message_id,
        payload=_decoded(b"[%b]" % event.raw if error and event.kind == "reply" else event.raw),
        peer=event.peer,
        outcome="error" if error else event.outcome,
    )


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder for certificates and the token, gone at the end whatever happens."""
    folder = tempfile.mkdtemp(prefix="switchboard-demo-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl+C, a kill or a closed terminal sets, so that the end is orderly."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    wanted = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    for number in wanted:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)
