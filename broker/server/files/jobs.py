"""Transfers that stations have been asked to make and have not made yet.

Of a token only the SHA-256 is kept, in memory and on the disk: who reads the store cannot use what is in it. A download
may begin days after it was asked for (`retrieveDate`), so jobs outlive the process; whom to tell when they are done
does not.
"""

import hashlib
import time
from asyncio import Transport
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from broker.hooks.files import OnDone
from broker.records import Change, Records
from broker.server.files.paths import new_token
from broker.server.files.ranges import Coverage
from broker.server.files.shelf import PLUGIN

MOST = 64
"""Jobs that one station may have; the oldest gives way."""
_KEY = "job:"


@dataclass(slots=True, eq=False)
class Job:
    """One file that one station may fetch, or bring, until `expires` (Unix seconds)."""

    digest: str
    identity: str
    purpose: str
    name: str
    """Of the firmware file; empty for an upload."""
    offered: bool
    """A download; otherwise an upload is expected."""
    expires: float
    on_done: OnDone | None = None
    covered: Coverage = field(default_factory=Coverage)
    """What has been delivered of a download."""
    after_restart: bool = False
    """Part of it may have been delivered before this process began."""
    running: list[Transport] = field(default_factory=list)
    """The connections on which it takes place now, the oldest first."""
    taken: bool = False
    """An upload has come and is being kept: nobody else can bring it."""


class Jobs:
    """All jobs, by the digest of their token."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._by_station: dict[str, list[Job]] = {}

    def load(self, documents: list[tuple[str, Any]]) -> None:
        """Take in the documents of the endpoint, by key."""
        for key, value in documents:
            if key.startswith(_KEY):
                self._put(_job(key.removeprefix(_KEY), value))

    def open(self, *, identity: str, purpose: str, name: str, hours: float, on_done: OnDone | None) -> str:
        """A new job: its token. A file name makes it a download."""
        token = new_token()
        expires = self._clock() + hours * 3600.0
        job = Job(_digest(token), identity, purpose, name, bool(name), expires, on_done)
        self._put(job)
        value = {"identity": identity, "purpose": purpose, "name": name, "offered": job.offered, "expires": expires}
        self._records.later(self._records.documents.put(PLUGIN, "", _KEY + job.digest, value))
        return token

    def find(self, token: str) -> Job | None:
        """The job of a token that is still good; by its digest, so that the time tells nothing of other tokens."""
        job = self._jobs.get(_digest(token))
        return None if job is None or job.taken or job.expires <= self._clock() else job

    def crowded(self, identity: str) -> list[Job]:
        """The jobs of a station that are too many, the oldest first."""
        return self._by_station.get(identity, [])[:-MOST]

    def expired(self) -> list[Job]:
        """Those whose time is over; one that takes place now may come to its end."""
        now = self._clock()
        return [job for job in self._jobs.values() if job.expires <= now and not job.running]

    def of(self, identity: str) -> list[Job]:
        """The jobs of one station."""
        return list(self._by_station.get(identity, ()))

    def close(self, job: Job) -> Change:
        """It is over: nobody finds it any more. The change that takes it off the disk."""
        if self._jobs.pop(job.digest, None) is not None:
            left = self._by_station[job.identity]
            left.remove(job)
            if not left:
                del self._by_station[job.identity]
        return self.dropped(job)

    def dropped(self, job: Job) -> Change:
        """The change that takes it off the disk."""
        return self._records.documents.drop(PLUGIN, "", _KEY + job.digest)

    def __len__(self) -> int:
        return len(self._jobs)

    def _put(self, job: Job) -> None:
        self._jobs[job.digest] = job
        self._by_station.setdefault(job.identity, []).append(job)


def _job(digest: str, value: dict[str, Any]) -> Job:
    return Job(
        digest,
        value["identity"],
        value["purpose"],
        value["name"],
        value["offered"],
        value["expires"],
        after_restart=True,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
