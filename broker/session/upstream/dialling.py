"""Which upstreams of one station are connected: dialled when they are needed, closed when they are not."""

import asyncio
from time import monotonic, time
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode

from broker.ocpp import Version
from broker.session.shared import Shared
from broker.session.upstream.backend import Backend, Role
from broker.store import StoreFailed
from broker.tasks import spawn

if TYPE_CHECKING:
    from broker.session.upstream.backends import Backends, Host

_LATE_OWNER = 3 * 86400.0  # seconds after which an open transaction keeps no leg to a former primary
_STEP = 0.02
_LOOK = 1.0
_ANSWER = 2.0  # seconds that an answer may take when the time is over


class Dialling:
    """Starts and closes the links of one station."""

    __slots__ = ("_backends", "_host", "_shared")

    def __init__(self, backends: "Backends", shared: Shared, host: "Host") -> None:
        self._backends = backends
        self._shared = shared
        self._host = host

    def owed(self) -> set[str]:
        """Upstreams with something undelivered, and those that started a transaction which is still open."""
        known = self._shared.upstreams.settings
        ledger = self._backends.ledger
        names = {name for name, outbox in ledger.outboxes.items() if not outbox.empty}
        names |= {tx.owner for tx in ledger.transactions.open() if time() - tx.started_at < _LATE_OWNER}
        return {name for name in names if name in known}

    def dial_all(self) -> None:
        for backend in self._backends:
            self.dial(backend)
        self._backends.stand_in_line(monotonic())

    def dial(self, backend: Backend) -> None:
        """Connect an upstream, once; first it gets what was left for it in another version."""
        if backend.link.started or backend.catching_up:
            return
        if not backend.courier.outbox.depth or self._shared.store is None:
            backend.link.start()
            return
        backend.catching_up = True
        spawn(self._catch_up(backend), name=f"catch up {backend.link.name}")

    async def _catch_up(self, backend: Backend) -> None:
        """Deliver what was received in another version than the station talks now, for a time.

        A message has a meaning in its own version alone, and an upstream sees a station once; so what is new waits
        for this, and what is left after it waits for the station to be away.
        """
        deadline = monotonic() + self._shared.config.outbox.linger
        try:
            while (left := await self._left_in(backend)) is not None and monotonic() < deadline:
                await self._deliver(backend, left, deadline)
        finally:
            backend.catching_up = False
            if not (backend.link.gone or backend.courier.resting):
                backend.courier.listen()
                backend.link.start()

    async def _left_in(self, backend: Backend) -> Version | None:
        """The version of the next message, where it is not the one that the station talks."""
        assert self._shared.store is not None
        if backend.link.gone or backend.courier.resting:
            return None
        try:
            rows = await self._shared.store.outbox(backend.ledger.identity, backend.link.name, limit=1)
        except StoreFailed:
            return None
        return Version(rows[0].version) if rows and rows[0].version != backend.link.version.value else None

    async def _deliver(self, backend: Backend, version: Version, deadline: float) -> None:
        from broker.session.delivery.errand import Errand

        box = backend.courier.outbox

        def waits() -> bool:
            row = box.head(lambda: None)
            more = box.depth > 0 if row is None else row.version == version.value
            return more and monotonic() < deadline and not backend.courier.resting

        async def wait(backends: "Backends") -> None:
            while waits():  # noqa: ASYNC110 - rare, and bounded
                await asyncio.sleep(_STEP)
            backends.rest()
            limit = monotonic() + _ANSWER
            while backends.answer_due and monotonic() < limit:  # noqa: ASYNC110 - as above
                await asyncio.sleep(_STEP)

        errand = Errand(backend.ledger.identity, version, self._shared, backend.ledger, [backend.link.name])
        try:
            await errand.run(wait)
        finally:
            await errand.close()

    def next_due(self, now: float) -> float | None:
        """When to look whether the last answer of one that is leaving has come."""
        leaving = any(backend.role is Role.FORMER and _asked(backend) for backend in self._backends)
        return now + _LOOK if leaving else None

    def tidy(self) -> None:
        """Close the legs that are of no use any more."""
        keep = self.owed() | self._backends.succession.wanted()
        for backend in list(self._backends):
            if backend.role is not Role.FORMER or backend.link.name in keep or backend.busy or _asked(backend):
                continue
            if not self._backends.leaving:
                self._backends.drop(backend)
                backend.link.release()
                self._host.link_changed(backend.link, False, "not needed any more")
                spawn(backend.link.close(WSCloseCode.OK, "no longer needed"), name=f"close {backend.link.name}")
        self._backends.settle()


def _asked(backend: Backend) -> bool:
    """Whether it has been asked for something, or is about to be."""
    return backend.link.exchange.open is not None or backend.link.exchange.waiting > 0
