"""What the secondaries are told, and how their answers compare with the one that the station gets."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from broker.config import LOCAL
from broker.ocpp import Call, Reply
from broker.session.shadow.compare import Trial
from broker.session.shared import Shared
from broker.session.upstream.backend import Backend, Role
from broker.store import OutboxRow

if TYPE_CHECKING:
    from broker.session.upstream.backends import Backends
_TRIALS = 256


class Watching:
    """The copies of one station's ordinary messages, and the comparisons of all."""

    __slots__ = ("_backends", "_shared", "_trials")

    def __init__(self, backends: "Backends", shared: Shared) -> None:
        self._backends = backends
        self._shared = shared
        self._trials: dict[int, Trial] = {}

    def of(self, answering: Backend | None) -> Iterator[Backend]:
        """The secondaries, but for the one that answers."""
        for backend in self._backends:
            if backend.role is Role.SECONDARY and backend is not answering:
                yield backend

    def copy(self, call: Call, answering: Backend | None, now: float) -> list[Trial]:
        """Tell the secondaries of an ordinary message; returns the comparisons that wait for the primary's answer."""
        trials = []
        if self._backends.ledger.ids.owner_of(call) is not None:
            return []  # a report is for the one who asked
        for backend in self.of(answering):
            if backend.wants(call):
                trial = self._trial(backend, call)
                backend.copy(call, now, trial)
                if trial is not None:
                    trials.append(trial)
        self._backends.stand_in_line(now)
        return trials

    def boot(self, call: Call, now: float) -> list[Trial]:
        """Remember a boot, and pass it on to the secondaries; each has its own answer to obey."""
        self._backends.ledger.memory.note_boot(call)
        self._backends.ledger.save_memory()
        for backend in self._backends:
            backend.joining.missed()
        trials = []
        for backend in self.of(self._backends.active):
            trial = self._trial(backend, call)
            backend.joining.boot(trial, now)
            if trial is not None:
                trials.append(trial)
        self._backends.stand_in_line(now)
        return trials

    def _trial(self, backend: Backend, call: Call) -> Trial | None:
        active = self._backends.active
        if not backend.compare:
            return None
        primary = active.link.name if active is not None else LOCAL
        return self._shared.comparisons.begin(primary, backend.link.name, self._backends.ledger.identity, call)

    def keep_trial(
        self, row: "OutboxRow", backend: Backend, call: Call, reply: Reply, now: float, sent: float | None
    ) -> None:
        """Compare the answer to a durable copy, once it is there, with the one that the station got."""
        trial = self._trial(backend, call)
        if trial is not None:
            trial.primary(reply, now, sent=sent)
            self._trials[row.id] = trial
            if len(self._trials) > _TRIALS:
                self._trials.pop(next(iter(self._trials))).candidate(None, now)

    def answered(self, row: "OutboxRow", reply: Reply | None, now: float, sent: float | None) -> None:
        """A secondary has answered a durable copy, or will never see it (None)."""
        trial = self._trials.pop(row.id, None)
        if trial is not None:
            trial.candidate(reply, now, sent=sent)
