"""The jobs and the uploads together, as the store has them, and whoever waits to hear of a job's end."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from broker.hooks.files import OnDone, Transfer
from broker.records import Records
from broker.server.files.figures import Figures
from broker.server.files.jobs import Job, Jobs
from broker.server.files.shelf import PLUGIN, Shelf, Upload

_log = structlog.get_logger("broker.server.files")


class Book:
    """What the endpoint keeps."""

    def __init__(self, records: Records, figures: Figures, clock: Callable[[], float] = time.time) -> None:
        self.records = records
        self.figures = figures
        self.clock = clock
        self.jobs = Jobs(records, clock)
        self.shelf = Shelf(records)

    async def load(self) -> None:
        """Read what an earlier process left. Raises StoreFailed."""
        documents = [(key, value) for _, key, value in await self.records.documents.all(PLUGIN)]
        self.jobs.load(documents)
        self.shelf.load(documents)

    def open(self, *, identity: str, purpose: str, name: str, hours: float, on_done: OnDone | None) -> str:
        """A new job: its token. A station that has too many loses its oldest."""
        token = self.jobs.open(identity=identity, purpose=purpose, name=name, hours=hours, on_done=on_done)
        for job in self.jobs.crowded(identity):
            self.ended(job)
        return token

    def finished(self, job: Job, size: int) -> None:
        """A file has been fetched: its URL is used up."""
        self.records.later(self.jobs.close(job))
        self._tell(job, Transfer(job.identity, job.purpose, job.name, size, True, None, self.clock()))

    async def keep(self, job: Job, upload: Upload) -> None:
        """Write down that a file has come, and that its URL is used up. Raises StoreFailed, and nothing changed."""
        await self.records.commit(self.jobs.dropped(job), self.shelf.put(upload))

    def brought(self, job: Job, upload: Upload, path: Path) -> None:
        """`keep` is done."""
        self.jobs.close(job)
        self.shelf.add(upload)
        self._tell(job, Transfer(job.identity, job.purpose, upload.name, upload.bytes, True, path, upload.at))

    def ended(self, job: Job) -> None:
        """Nobody came in time, or nobody may come any more."""
        for transport in job.running:
            transport.abort()
        job.taken = True
        self.records.later(self.jobs.close(job))
        self.figures.ended(job.purpose, "expired")
        self._tell(job, Transfer(job.identity, job.purpose, job.name, 0, False, None, self.clock()))

    def _tell(self, job: Job, transfer: Transfer) -> None:
        if job.on_done is None:
            return
        try:
            job.on_done(transfer)
        except Exception:  # noqa: BLE001 - a plugin's, and logged here with its traceback; the transfer stands
            _log.exception("who waited for a file failed", identity=job.identity, purpose=job.purpose)
