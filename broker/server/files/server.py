"""The file endpoint as the broker has it: started, changed by a reload, stopped, and asked for URLs."""

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from broker.config import Config, Limits
from broker.config.files import Files
from broker.hooks.files import NoFiles, OnDone
from broker.metrics import Metrics
from broker.records import Records, StoreFailed
from broker.server.files.book import Book
from broker.server.files.desk import Desk, Site
from broker.server.files.downloads import path_in
from broker.server.files.figures import Figures
from broker.server.files.folder import Folder
from broker.server.files.listening import Listening
from broker.server.files.paths import is_file_name, url_of
from broker.server.files.secure import secured
from broker.server.files.shelf import Upload
from broker.server.files.threads import in_thread
from broker.tasks import spawn

_SWEEP = 30.0
_DAY = 86400.0
_log = structlog.get_logger("broker.server.files")


@dataclass(slots=True)
class Plan:
    """What a configuration makes of the endpoint: built, and not in use yet."""

    limits: Limits
    site: Site | None = None
    listening: Listening | None = None
    context: ssl.SSLContext | None = None
    expiries: dict[str, float] = field(default_factory=dict)
    is_new: bool = False

    def discard(self) -> None:
        """Give the address back, when something else in the new configuration cannot be had."""
        if self.listening is not None and self.is_new:
            self.listening.stop_accepting()


class FileServer:
    """Files that stations fetch and bring, on `files.bind` of the configuration; nothing without that section.

    >>> files = FileServer(records, metrics)
    >>> await files.start(config); url = files.offer("firmware.bin", identity="CP001"); ...; await files.close()
    """

    def __init__(self, records: Records, metrics: Metrics, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._book = Book(records, Figures(metrics.registry, self._bytes_kept), clock)
        self._desk = Desk(self._book)
        self._listening: Listening | None = None
        self._retired: list[Listening] = []
        self._expiries: dict[str, float] = {}
        self._sweeping: asyncio.Task[None] | None = None

    # --- its life ---------------------------------------------------------------------------------------------------

    async def start(self, config: Config) -> None:
        """Read what an earlier process left, and serve. Raises StoreFailed, and like `prepare`."""
        await self._book.load()
        self.commit(await self.prepare(config))
        self._sweeping = spawn(self._sweep(), name="file endpoint")

    async def prepare(self, config: Config) -> Plan:
        """Everything of a configuration that can fail; nothing has changed then.

        Raises TlsError, or OSError with the path of the setting in its text.
        """
        settings = config.files
        if settings is None:
            return Plan(config.limits)
        plan = Plan(config.limits)
        plan.context, plan.expiries = secured(settings)
        folder = await self._folder(settings)
        old = self._listening
        if old is not None and old.bind_text == settings.bind:
            plan.listening = old
        else:
            plan.listening = Listening(settings, plan.context, self._desk.handle, config.limits)
            await plan.listening.bind()
            plan.is_new = True
        plan.site = Site(settings, settings.base(plan.listening.port), folder)
        return plan

    def commit(self, plan: Plan) -> None:
        """Make it so. Transfers that go on keep what they began with."""
        self._retired = [one for one in self._retired if one.connections]
        old, self._listening = self._listening, plan.listening
        self._desk.site, self._expiries = plan.site, plan.expiries
        if old is not None and old is not plan.listening:
            old.stop_accepting()
            self._retired.append(old)
        if plan.site is None or plan.listening is None:
            return
        settings = plan.site.settings
        plan.site.folder.max_file, plan.site.folder.max_total = settings.max_upload_bytes, settings.max_total_bytes
        plan.listening.replace(plan.context, plan.limits)
        if plan.is_new:
            plan.listening.serve()
            _log.info("file endpoint", url=plan.site.base)

    def stop_accepting(self) -> None:
        """No new connection; transfers that go on may end."""
        if self._listening is not None:
            self._listening.stop_accepting()

    async def close(self, timeout: float = 1.0) -> None:
        """End everything, transfers that still go on after `timeout` seconds included."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait([self._sweeping])
            self._sweeping = None
        self.stop_accepting()
        await self._desk.ended(timeout)
        current = [] if self._listening is None else [self._listening]
        await asyncio.gather(*(one.close() for one in (*current, *self._retired)))
        self._listening, self._retired, self._desk.site = None, [], None

    # --- for plugins: broker.hooks.files.Files ------------------------------------------------------------------------

    @property
    def available(self) -> bool:
        return self._desk.site is not None

    def offer(self, name: str, *, identity: str, hours: float = 24, on_done: OnDone | None = None) -> str:
        """See `broker.hooks.files.Files`."""
        site = self._desk.site
        if site is None:
            return NoFiles().offer(name, identity=identity)
        if not is_file_name(name):
            raise FileNotFoundError(f"{name!r} is not the name of a file")
        try:
            path_in(site.settings.firmware, name)
        except OSError:
            raise FileNotFoundError(f"there is no {name!r} in the firmware folder") from None
        token = self._book.open(identity=identity, purpose="firmware", name=name, hours=hours, on_done=on_done)
        return url_of(site.base, token, name)

    def expect(self, *, identity: str, purpose: str, hours: float = 24, on_done: OnDone | None = None) -> str:
        """See `broker.hooks.files.Files`."""
        site = self._desk.site
        if site is None:
            return NoFiles().expect(identity=identity, purpose=purpose)
        token = self._book.open(identity=identity, purpose=purpose, name="", hours=hours, on_done=on_done)
        return url_of(site.base, token)

    # --- for operators ------------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port it listens on; 0 while it does not."""
        return 0 if self._listening is None else self._listening.port

    @property
    def url(self) -> str:
        """The URL by which stations reach it; empty without an endpoint."""
        return "" if self._desk.site is None else self._desk.site.base

    def expiries(self) -> dict[str, float]:
        """Unix time at which a certificate ends, by `files:<file>`; for the metrics."""
        return {f"files:{name}": at for name, at in self._expiries.items()}

    def uploads(self, *, identity: str | None = None, purpose: str | None = None) -> list[Upload]:
        """What stations have brought, the oldest first."""
        site = self._desk.site
        return [
            one
            for one in (() if site is None else self._book.shelf.all(site.folder))
            if identity in (None, one.identity) and purpose in (None, one.purpose)
        ]

    def upload(self, upload: str) -> tuple[Upload, Path] | None:
        """One of them, and where it is; None where there is none."""
        site = self._desk.site
        found = None if site is None else self._book.shelf.get(upload, site.folder)
        return None if site is None or found is None else (found, site.folder.place_of(upload))

    async def remove(self, upload: str) -> bool:
        """Delete one; False where there is none. Raises OSError, StoreFailed."""
        site = self._desk.site
        if site is None or self.upload(upload) is None:
            return False
        await self._book.shelf.remove(upload, site.folder)
        return True

    async def forget(self, identity: str) -> int:
        """End every job of a station and delete what it has brought; how many files that was. OSError, StoreFailed."""
        for job in self._book.jobs.of(identity):
            self._book.ended(job)
        found = self.uploads(identity=identity)
        for one in found:
            await self.remove(one.id)
        return len(found)

    # --- time passes --------------------------------------------------------------------------------------------------

    async def sweep(self) -> None:
        """End the jobs whose time is over, and delete uploads that are too old. OSError, StoreFailed."""
        for job in self._book.jobs.expired():
            self._book.ended(job)
        site = self._desk.site
        if site is not None:
            before = self._clock() - site.settings.keep_days * _DAY
            if count := await self._book.shelf.prune(site.folder, before=before):
                _log.info("old uploads deleted", count=count, days=site.settings.keep_days)

    async def _sweep(self) -> None:
        while True:
            try:
                await self.sweep()
            except (OSError, StoreFailed) as error:
                _log.error("old uploads cannot be deleted", error=str(error))
            await asyncio.sleep(_SWEEP)

    async def _folder(self, settings: Files) -> Folder:
        """The folder of the uploads; the one that is in use where it is the same, since files may be coming there."""
        site = self._desk.site
        try:
            path = Path(await in_thread(os.path.realpath, settings.uploads))
            if site is not None and site.folder.path == path:
                return site.folder
            folder = Folder(path, max_file=settings.max_upload_bytes, max_total=settings.max_total_bytes)
            await in_thread(folder.open)
        except OSError as error:
            raise OSError(error.errno, f"files.uploads: {settings.uploads}: {error.strerror}") from None
        return folder

    def _bytes_kept(self) -> float:
        site = self._desk.site
        return 0.0 if site is None else float(site.folder.used)
