"""A station brings a file: into the folder of the uploads while it comes, and kept when it is whole."""

import structlog
from aiohttp import hdrs, web
from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest

from broker.config.files import Files
from broker.server.files.bodies import Raw, body_of
from broker.server.files.book import Book
from broker.server.files.folder import Folder, Part, new_id
from broker.server.files.jobs import Job
from broker.server.files.progress import Progress
from broker.server.files.refused import Refused, dressed
from broker.server.files.shelf import Upload
from broker.server.files.threads import in_thread

_log = structlog.get_logger("broker.server.files")


async def receive(
    request: BaseRequest, folder: Folder, book: Book, job: Job, name: str, settings: Files, moved: Progress
) -> web.Response:
    """Take the file in a request, and answer it when that is on the disk. `moved` is kept up to date.

    Raises:
        Refused: a body that cannot be taken. TimeoutError: the station is too slow. ConnectionError: it left.
        OSError, StoreFailed: it cannot be kept. Nothing of it stays then, and the URL is as good as before.
    """
    transport = request.transport
    body = body_of(request, name, settings.chunk_timeout)
    length = request.content_length
    if length is not None and isinstance(body, Raw):
        folder.fits(length, of=length)
    await _go_on(request)
    part = Part(folder, new_id(book.clock()))
    try:
        async for chunk in body.chunks():
            part.take(len(chunk))
            await in_thread(part.write, chunk)
            moved.stop = part.size
        if transport not in job.running:  # the station has come again, and is answered there
            raise ConnectionResetError
        upload = await _kept(book, job, part, body.name)
    except BaseException:
        await _discard(part)
        raise
    part.kept()
    book.brought(job, upload, part.path)
    return dressed(web.Response(text="stored\n"))


async def _kept(book: Book, job: Job, part: Part, name: str) -> Upload:
    if not part.size:
        raise Refused(400, "bad_request", "nothing in it")
    job.taken = True
    try:
        await in_thread(part.keep)
        upload = Upload(
            id=part.id, identity=job.identity, purpose=job.purpose, name=name, bytes=part.size, at=book.clock()
        )
        await book.keep(job, upload)
    except BaseException:
        job.taken = False
        raise
    return upload


async def _discard(part: Part) -> None:
    try:
        await in_thread(part.discard)
    except OSError as error:
        _log.error("an unfinished upload stays on the disk", name=part.id, error=error.strerror)
    finally:
        part.given_up()


async def _go_on(request: BaseRequest) -> None:
    """Say 100 Continue where the station waits for it (RFC 9110, 10.1.1): the URL is good and the size is."""
    expected = request.headers.get(hdrs.EXPECT, "").lower()
    if not expected or request.version < HttpVersion11:
        return
    if expected != "100-continue":
        raise Refused(417, "bad_request", "the only expectation that is met is 100-continue")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer has not begun
