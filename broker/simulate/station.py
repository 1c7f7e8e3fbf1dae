"""A simulated charging station: it boots, charges in a loop and answers what its CSMS asks."""

import asyncio
import contextlib
import logging
import random
import secrets
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from broker.ocpp import Call, Reply, Version
from broker.simulate.commands import Commands
from broker.simulate.connection import Connection
from broker.simulate.dialect import Message, Transaction, dialect
from broker.simulate.meter import Meter
from broker.simulate.peer import Answer
from broker.tasks import spawn

_log = logging.getLogger("broker.simulate")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a station lives; all in seconds of real time but `sample_covers`."""

    before: float = 0.5
    """Between two steps of a start or a stop, as a driver takes his time."""
    between: float = 2.0
    """Between two transactions."""
    every: float = 2.0
    """Between two meter samples."""
    samples: int = 4
    sample_covers: float = 300.0
    """Seconds of charging that one sample stands for, so that a demo shows kWh."""
    jitter: float = 0.2
    """Every pause is longer or shorter by up to this share."""
    reconnect: float = 1.0
    """First pause before a reconnect; doubled each time, up to 30 s."""


class SimulatedStation(Connection):
    """One station. `url` is the endpoint that the identity is appended to, or holds `{identity}`.

    `password` alone is security profile 1 or 2; `tls` with a client certificate is profile 3. As a context manager
    it connects on entering and closes on leaving. `run` does everything by itself, until it is cancelled.
    """

    def __init__(
        self,
        url: str,
        identity: str,
        version: Version = Version.V16,
        *,
        password: str | bytes | None = None,
        user: str | None = None,
        tls: ssl.SSLContext | None = None,
        subprotocols: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        compress: bool = False,
        connectors: int = 1,
        id_token: str = "DEMO-TAG",  # noqa: S107  (a driver's card, no password)
        power: float = 11_000.0,
        pace: Pace | None = None,
    ) -> None:
        super().__init__(
            url, identity, version, password=password, user=user, tls=tls, subprotocols=subprotocols, headers=headers,
            timeout=timeout, compress=compress,
        )  # fmt: skip
        self.connectors, self.id_token = connectors, id_token
        self.pace = pace or Pace()
        self.transactions: dict[int, Transaction] = {}
        """The running one of each connector."""
        self.variables = {"HeartbeatInterval": "300", "MeterValueSampleInterval": "60", "ConnectionTimeOut": "60"}
        self.answers: dict[str, Callable[[Call], Answer]] = {}
        """Overrides: the answer to an action, in place of the station's own."""
        self.boots = 0
        self.charged = 0
        """Transactions brought to their end."""
        self.meter = Meter(power=power, seed=identity)
        self._dialect = dialect(version, vendor="Switchboard", model="Simulated", serial=identity, firmware="1.0")
        self._commands = Commands(self)
        self._random = random.Random(identity)  # noqa: S311  (a simulation, no secret)
        self._stop_asked: dict[int, asyncio.Future[str]] = {}
        self._boot_reason = "PowerUp"
        self._no_transaction = asyncio.Event()
        self._no_transaction.set()
        self._stories: set[asyncio.Task[None]] = set()

    async def leave(self) -> None:
        """Close the connection and drop whatever a command has begun."""
        for task in self._stories:
            task.cancel()
        await self.close()

    # -- what a station says -------------------------------------------------------------------------------------

    async def call(self, action: str, payload: dict[str, Any] | None = None, *, timeout: float | None = None) -> Reply:
        """Any call, and its answer. Raises TimeoutError or ConnectionError, see `Peer.call`."""
        return await self.peer.call(action, payload, timeout=timeout)

    async def boot(self, reason: str = "PowerUp") -> Reply:
        """BootNotification; an interval in the answer becomes HeartbeatInterval."""
        reply = await self.call(*self._dialect.boot(reason))
        self.boots += 1
        interval = reply.payload.get("interval")
        if isinstance(interval, int) and interval > 0:
            self.variables["HeartbeatInterval"] = str(interval)
        return reply

    async def heartbeat(self) -> Reply:
        """Heartbeat."""
        return await self.call(*self._dialect.heartbeat())

    async def status(self, status: str = "Available", connector: int = 1) -> Reply:
        """StatusNotification. A status that only 1.6 has (Preparing, Charging, ...) is Occupied in 2.x."""
        return await self.call(*self._dialect.status(connector, status))

    async def authorize(self, id_token: str | None = None) -> Reply:
        """Authorize; `authorized` reads its answer."""
        return await self.call(*self._dialect.authorize(id_token or self.id_token))

    def authorized(self, reply: Reply) -> bool:
        """Whether the answer to Authorize lets the driver charge."""
        return self._dialect.authorized(reply)

    async def start(
        self, connector: int = 1, id_token: str | None = None, *, remote_start_id: int | None = None
    ) -> Transaction:
        """StartTransaction or TransactionEvent Started. `accepted` of the transaction tells what the CSMS said."""
        number = secrets.token_hex(8)
        tx = Transaction(connector, id_token or self.id_token, self.meter.wh, number, remote_start_id=remote_start_id)
        self.transactions[connector] = tx
        self._no_transaction.clear()
        reply = await self.call(*self._dialect.started(tx, self.meter))
        tx.replies.append(reply)
        self._dialect.learn(tx, reply)
        return tx

    async def sample(self, tx: Transaction, seconds: float = 60.0) -> Reply:
        """Charge for `seconds` and report it: MeterValues or TransactionEvent Updated."""
        self.meter.advance(seconds)
        reply = await self.call(*self._dialect.metered(tx, self.meter))
        tx.replies.append(reply)
        return reply

    async def stop(self, tx: Transaction, reason: str = "Local") -> Reply:
        """StopTransaction or TransactionEvent Ended."""
        self.meter.idle()
        tx.meter_stop = self.meter.wh
        reply = await self.call(*self._dialect.stopped(tx, self.meter, reason))
        tx.replies.append(reply)
        self.transactions.pop(tx.connector, None)
        if not self.transactions:
            self._no_transaction.set()
        self.charged += 1
        return reply

    # -- whole stories -------------------------------------------------------------------------------------------

    async def arrive(self, reason: str = "PowerUp") -> bool:
        """Boot and report every connector; False when the CSMS did not accept the boot."""
        reply = await self.boot(reason)
        if reply.payload.get("status") != "Accepted":
            return False
        for connector in range(1, self.connectors + 1):
            await self.status("Available", connector)
        return True

    async def charge(
        self, connector: int = 1, id_token: str | None = None, *, remote_start_id: int | None = None
    ) -> Transaction | None:
        """One driver's visit, from the card to the last status; None when the card was not accepted."""
        asked = self._reserve(connector)
        try:
            if not self.authorized(await self.authorize(id_token)):
                return None
            await self._pause(self.pace.before)
            await self.status("Preparing", connector)
            tx = await self.start(connector, id_token, remote_start_id=remote_start_id)
            await self.stop(tx, await self._charging(tx, asked) if tx.accepted else "DeAuthorized")
            await self.status("Finishing", connector)
            await self._pause(self.pace.before)
            await self.status("Available", connector)
        finally:
            self._stop_asked.pop(connector, None)
        return tx

    async def run(self) -> None:
        """Connect, boot and charge in a loop, until cancelled. A lost or refused connection is tried again."""
        pause = self.pace.reconnect
        try:
            while True:
                try:
                    await self.connect()
                    if await self.arrive(self._boot_reason):
                        pause = self.pace.reconnect
                        self._boot_reason = "PowerUp"
                        await self._live()
                except (OSError, aiohttp.ClientError) as error:  # TimeoutError is an OSError
                    _log.warning("%s: %s", self.identity, str(error) or type(error).__name__)
                await self.close()
                self.transactions.clear()
                self._no_transaction.set()
                await self._pause(pause)
                pause = min(pause * 2, 30.0)
        finally:
            await self.leave()

    async def _live(self) -> None:
        beats = spawn(self._beat(), name=f"simulated heartbeat {self.identity}")
        try:
            while self.connected:
                if not self.busy:
                    await self.charge()
                await self._pause(self.pace.between)
        finally:
            beats.cancel()

    async def _beat(self) -> None:
        with contextlib.suppress(OSError):
            while self.connected:
                await asyncio.sleep(int(self.variables["HeartbeatInterval"]) or 300)
                await self.heartbeat()

    def _reserve(self, connector: int) -> asyncio.Future[str]:
        if connector not in self._stop_asked:
            self._stop_asked[connector] = asyncio.get_running_loop().create_future()
        return self._stop_asked[connector]

    async def _charging(self, tx: Transaction, asked: asyncio.Future[str]) -> str:
        """Charge until the car is full or somebody asks to stop; gives the reason."""
        await self.status("Charging", tx.connector)
        for _ in range(self.pace.samples):
            await asyncio.wait([asked], timeout=self._stretched(self.pace.every))
            if asked.done():
                return asked.result()
            await self.sample(tx, self.pace.sample_covers)
        return "Local"

    def _stretched(self, seconds: float) -> float:
        return seconds * self._random.uniform(1 - self.pace.jitter, 1 + self.pace.jitter)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(self._stretched(seconds))

    # -- what the CSMS asks of it (commands.Host) ----------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        """The answer to a call: the override of its action, or the station's own."""
        override = self.answers.get(call.action)
        return self._commands.answer(call) if override is None else override(call)

    @property
    def busy(self) -> set[int]:
        """The connectors that a driver is at."""
        return set(self.transactions) | set(self._stop_asked)

    def remote_start(self, connector: int, id_token: str, remote_start_id: int | None) -> None:
        """Charge soon, as RemoteStartTransaction or RequestStartTransaction wants it."""
        self._reserve(connector)
        self._later(self.charge(connector, id_token, remote_start_id=remote_start_id))

    def remote_stop(self, connector: int, reason: str = "Remote") -> None:
        """Stop the connector's transaction soon."""
        asked = self._stop_asked.get(connector)
        if asked is None:
            self._later(self.stop(self.transactions[connector], reason))
        elif not asked.done():
            asked.set_result(reason)

    def reset(self) -> None:
        """Stop what runs and close the connection soon; `run` boots again."""
        self._boot_reason = "RemoteReset"
        self._later(self._restart())

    def trigger(self, message: str, connector: int) -> bool:
        """Send what a TriggerMessage asks for, after its answer; False for what is not known here."""
        status = "Charging" if connector in self.transactions else "Available"
        known: dict[str, Message] = {
            "BootNotification": self._dialect.boot("Triggered"),
            "Heartbeat": self._dialect.heartbeat(),
            "StatusNotification": self._dialect.status(connector, status),
        }
        if message in ("MeterValues", "TransactionEvent") and (tx := self.transactions.get(connector)) is not None:
            known[message] = self._dialect.metered(tx, self.meter)
        if message in known:
            self._later(self.call(*known[message]))
        return message in known

    def report(self, request_id: int) -> None:
        """Send the variables as one NotifyReport (2.0.1 part 2, B07)."""
        self._later(self.call(*self._dialect.report(request_id, self.variables)))

    async def _restart(self) -> None:
        for connector in list(self.transactions):
            self.remote_stop(connector, "SoftReset" if self.version is Version.V16 else "ImmediateReset")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._no_transaction.wait()
        await self.close(1000)

    def _later(self, story: Coroutine[Any, Any, object]) -> None:
        task = spawn(self._after_the_answer(story), name=f"simulated station {self.identity} follows a command")
        self._stories.add(task)
        task.add_done_callback(self._stories.discard)

    async def _after_the_answer(self, story: Coroutine[Any, Any, object]) -> None:
        await asyncio.sleep(self.pace.before)  # 1.6 5.11: the answer to a command goes before what it starts
        with contextlib.suppress(OSError):  # the connection may end at any time
            await story
