"""Answers the requests of the file endpoint: whose they are, whether they may, and what became of them."""

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from broker.config.files import Files
from broker.records import StoreFailed
from broker.server.connection import Timed
from broker.server.files.book import Book
from broker.server.files.downloads import opened, send
from broker.server.files.folder import Folder
from broker.server.files.jobs import Job
from broker.server.files.paths import token_and_name
from broker.server.files.progress import Progress
from broker.server.files.refused import Refused, busy, unknown
from broker.server.files.uploads import receive
from broker.server.quiet import Quiet
from broker.server.refusal import RETRY_AFTER

_FETCH = (hdrs.METH_GET, hdrs.METH_HEAD)
_BRING = (hdrs.METH_PUT, hdrs.METH_POST)
_AT_ONCE = 4  # requests for one download: some stations fetch it in parts
_LOOKED = ""  # HEAD: nothing went over
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_log = structlog.get_logger("broker.server.files")


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration makes of the endpoint; replaced whole by a reload."""

    settings: Files
    base: str
    """The URL that stations get, without a slash at its end."""
    folder: Folder

    @property
    def prefix(self) -> str:
        """The path of `base`."""
        return urlsplit(self.base).path


class Desk:
    """Handles every request; `site` may be set at any time, a transfer keeps the one that it began with."""

    def __init__(self, book: Book) -> None:
        self.site: Site | None = None
        self._book = book
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._quiet = Quiet()

    async def ended(self, timeout: float) -> None:
        """Wait until no transfer goes on, for at most so many seconds.

        aiohttp's own shutdown takes no more bytes from the first moment on, so that an upload would never end.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._idle.wait()

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        """The answer to a request; raises ConnectionError when there is nobody, or nothing more, to answer."""
        connection = request.protocol
        if isinstance(connection, Timed):
            connection.request_arrived()
        try:
            site, job, name = self._find(request)
        except Refused as refusal:
            self._book.figures.ended("", refusal.outcome)
            self._say(request, refusal)
            return refusal.response()
        return await self._transfer(request, site, job, name)

    def _find(self, request: BaseRequest) -> tuple[Site, Job, str]:
        """What the URL of a request is for. Whatever it is not for looks the same from outside."""
        if request.method not in (*_FETCH, *_BRING):
            headers: dict[str, str] = {hdrs.ALLOW: ", ".join((*_FETCH, *_BRING))}
            raise Refused(405, "bad_request", "only GET, HEAD, PUT and POST", headers=headers)
        site = self.site
        token, name = token_and_name(request.rel_url.raw_path, "" if site is None else site.prefix)
        job = self._book.jobs.find(token)
        if site is None or job is None or job.offered != (request.method in _FETCH):
            raise unknown()
        return site, job, name

    async def _transfer(self, request: BaseRequest, site: Site, job: Job, name: str) -> web.StreamResponse:
        """Do it, and note what became of it."""
        moved = Progress()
        outcome = "interrupted"
        try:
            with self._place(request, site, job):
                if job.offered:
                    response, outcome = await self._download(request, site, job, moved)
                else:
                    response = await receive(request, site.folder, self._book, job, name, site.settings, moved)
                    outcome = "done"
            return response
        except Refused as refusal:
            outcome = refusal.outcome
            return _answered(request, refusal)
        except TimeoutError:
            outcome = "slow"
            return _answered(request, Refused(408, outcome, "too slow"))
        except ConnectionError:
            raise
        except StoreFailed:
            outcome = "failed"
            headers = {"Retry-After": str(RETRY_AFTER)}
            return _answered(request, Refused(503, outcome, "cannot be kept now, try again", headers=headers))
        except OSError as error:
            outcome = "no_space" if error.errno in _NO_SPACE else "failed"
            _log.error("file transfer: the disk", identity=job.identity, purpose=job.purpose, error=error.strerror)
            return _answered(request, Refused(507 if outcome == "no_space" else 500, outcome, "cannot be kept"))
        finally:
            self._note(request, job, moved, outcome)

    @contextmanager
    def _place(self, request: BaseRequest, site: Site, job: Job) -> Iterator[None]:
        """A place among the transfers that go on. One that takes the same job again takes it over: the connection of
        a station that lost its power or its network looks alive for a long time."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        most = _AT_ONCE if job.offered else 1
        while len(job.running) >= most:
            job.running.pop(0).abort()
        if self._running >= site.settings.max_transfers:
            raise busy()
        self._running += 1
        self._idle.clear()
        job.running.append(transport)
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()
            if transport in job.running:
                job.running.remove(transport)

    async def _download(
        self, request: BaseRequest, site: Site, job: Job, sent: Progress
    ) -> tuple[web.StreamResponse, str]:
        folder = site.settings.firmware
        try:
            response = await send(request, lambda: opened(folder, job.name), sent, site.settings.chunk_timeout)
        finally:
            # What was on its way when the connection broke counts, as the station goes on from where it got; but never
            # the end, which only an answer that arrived has.
            job.covered.add(sent.start, sent.stop if sent.arrived else min(sent.stop, sent.size - 1))
        if request.method == hdrs.METH_HEAD or not sent.arrived:
            return response, _LOOKED if request.method == hdrs.METH_HEAD else "interrupted"
        if job.covered.is_whole(sent.size) or (job.after_restart and sent.stop == sent.size):
            self._book.finished(job, sent.size)
            return response, "done"
        return response, "part"

    def _note(self, request: BaseRequest, job: Job, moved: Progress, outcome: str) -> None:
        if outcome == _LOOKED:
            return
        self._book.figures.ended(job.purpose, outcome)
        self._book.figures.moved(job.purpose, moved.count)
        told = {"identity": job.identity, "purpose": job.purpose, "bytes": moved.count}
        if outcome == "done":
            _log.info("file transferred", **told)
        elif outcome != "part":
            _log.warning("file not transferred", reason=outcome, remote=request.remote, **told)

    def _say(self, request: BaseRequest, refusal: Refused) -> None:
        passed_over = self._quiet.passed_over((request.remote, refusal.outcome))
        if passed_over is not None:  # never the path: it may be a good token that was used in the wrong way
            _log.warning(
                "file request refused", remote=request.remote, reason=refusal.outcome, not_logged_before=passed_over
            )


def _answered(request: BaseRequest, refusal: Refused) -> web.Response:
    """The refusal as an answer; where the answer has begun, the connection is all there is to say no with."""
    if request.writer.output_size > 0:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError
    return refusal.response()
