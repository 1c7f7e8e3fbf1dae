"""All listeners together: started as one, changed as one, stopped as one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from broker.config import Config
from broker.config import Listener as Settings
from broker.metrics import Metrics
from broker.server.addresses import Addresses
from broker.server.door import Door
from broker.server.listener import Listener
from broker.server.terms import Terms, terms_of


@dataclass(slots=True)
class Plan:
    """A new set of listeners, certificates loaded and addresses taken, that nothing serves yet."""

    config: Config
    kept: list[tuple[Listener, Settings, Terms]] = field(default_factory=list)
    new: list[Listener] = field(default_factory=list)

    def discard(self) -> None:
        """Give the addresses back, when something else in the new configuration cannot be had."""
        for listener in self.new:
            listener.stop_accepting()


class Listeners:
    """The listeners of one broker. A listener is the same one as before when its `bind` is."""

    def __init__(self, door: Door, metrics: Metrics) -> None:
        self._door = door
        self._metrics = metrics
        self._addresses = Addresses(0)
        self._current: list[Listener] = []
        self._retired: list[Listener] = []

    async def start(self, config: Config) -> None:
        """Listen as `config` says. Raises `TlsError`, or OSError with `listeners[N].bind` in its text."""
        self.commit(await self.prepare(config))

    async def prepare(self, config: Config) -> Plan:
        """Everything of a new configuration that can fail. Raises like `start`; nothing has changed then."""
        terms = [terms_of(settings) for settings in config.listeners]
        present = {listener.settings.bind: listener for listener in self._current}
        plan = Plan(config)
        try:
            for number, (settings, its_terms) in enumerate(zip(config.listeners, terms, strict=True)):
                old = present.get(settings.bind)
                if old is None or any(old is kept for kept, *_ in plan.kept):
                    plan.new.append(await self._bound(number, its_terms, config))
                else:
                    plan.kept.append((old, settings, its_terms))
        except OSError:
            plan.discard()
            raise
        return plan

    async def _bound(self, number: int, terms: Terms, config: Config) -> Listener:
        settings = config.listeners[number]
        listener = Listener(
            settings,
            terms,
            self._door.handle,
            limits=config.limits,
            addresses=self._addresses,
            metrics=self._metrics,
        )
        try:
            await listener.bind()
        except OSError as error:
            raise OSError(error.errno, f"listeners[{number}].bind: {settings.bind}: {error.strerror}") from None
        return listener

    def commit(self, plan: Plan) -> None:
        """Make it so, for the door's decisions too. Sessions stay, those of a listener that is no more included."""
        self._door.reconfigure(plan.config)
        self._addresses.limit = plan.config.limits.connections_per_address
        for listener, settings, terms in plan.kept:
            listener.replace(settings, terms, plan.config.limits)
        kept = [listener for listener, *_ in plan.kept]
        self._retired = [listener for listener in self._retired if listener.connections]
        for listener in self._current:
            if listener not in kept:
                listener.stop_accepting()
                self._retired.append(listener)
        self._current = kept + plan.new
        for listener in plan.new:
            listener.serve()

    @property
    def ports(self) -> dict[str, int]:
        """The port of each listener by its name."""
        return {listener.settings.name: listener.port for listener in self._current}

    @property
    def all(self) -> Sequence[Listener]:
        return tuple(self._current)

    def expiries(self) -> dict[str, float]:
        """Unix time at which a certificate, CA or CRL ends, by `<listener>:<file>`; for the metrics."""
        return {
            f"{listener.settings.name}:{name}": at
            for listener in self._current
            for name, at in listener.terms.expiries.items()
        }

    def stop_accepting(self) -> None:
        """No new connection; those that are open stay."""
        for listener in self._current:
            listener.stop_accepting()

    async def close(self, timeout: float = 1.0) -> None:
        """End everything that is left, within about `timeout` seconds."""
        await asyncio.gather(*(listener.close(timeout) for listener in (*self._current, *self._retired)))
        self._current, self._retired = [], []
