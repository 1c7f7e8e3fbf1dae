"""A station fetches a file, or a part of one.

Not aiohttp's FileResponse: it knows no deadline and no If-Range with an entity tag, serves `NAME.gz` in the place of
NAME, and does not tell how far it got.
"""

import asyncio
import os
import stat
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from broker.server.files.connection import CHUNK, Connection
from broker.server.files.progress import Progress
from broker.server.files.ranges import Unsatisfiable, is_unchanged, part_of
from broker.server.files.refused import Refused, dressed
from broker.server.files.threads import in_thread

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def path_in(folder: Path, name: str) -> Path:
    """Where the file `name` of `folder` really is. Raises FileNotFoundError when it leads out of the folder, or
    nowhere. Blocking."""
    real = Path(os.path.realpath(folder / name))
    if not real.is_relative_to(os.path.realpath(folder)) or not real.is_file():
        raise FileNotFoundError(name)
    return real


def opened(folder: Path, name: str) -> int:
    """A descriptor of the file `name` of `folder`. Raises OSError. Blocking."""
    return regular(os.open(path_in(folder, name), _READ))


def regular(descriptor: int) -> int:
    """The descriptor, if it is of a plain file; raises FileNotFoundError otherwise, and it is closed."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError
    return descriptor


async def send(
    request: BaseRequest, open_file: Callable[[], int], sent: Progress, timeout: float
) -> web.StreamResponse:
    """Answer GET or HEAD with the file; `sent` is kept up to date, also when this raises. `timeout` is for a chunk.

    Raises:
        Refused: 404, 416, or a file that became shorter meanwhile. TimeoutError: the station is too slow.
        ConnectionError: it left.
    """
    try:
        descriptor = await in_thread(open_file)
    except OSError:
        raise Refused(404, "unknown", "not found") from None
    try:
        return await _send(request, descriptor, sent, timeout)
    finally:
        os.close(descriptor)


async def _send(request: BaseRequest, descriptor: int, sent: Progress, timeout: float) -> web.StreamResponse:
    found = os.fstat(descriptor)
    response = _head(request, found, sent)
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD:
        return response
    until = sent.start + int(response.headers[hdrs.CONTENT_LENGTH])
    while sent.stop < until:
        data = await in_thread(os.pread, descriptor, min(CHUNK, until - sent.stop), sent.stop)
        if not data:  # shorter than it was: what was promised cannot be kept
            raise Refused(500, "failed", "the file has changed")
        async with asyncio.timeout(timeout):
            await response.write(data)
        sent.stop += len(data)
    await response.write_eof()
    connection = request.protocol
    sent.arrived = isinstance(connection, Connection) and await connection.arrived(timeout)
    return response


def _head(request: BaseRequest, found: os.stat_result, sent: Progress) -> web.StreamResponse:
    """Status and headers, with what is to be sent noted in `sent`."""
    sent.size = found.st_size
    etag = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
    part = None
    if is_unchanged(request.headers.get(hdrs.IF_RANGE), etag, found.st_mtime):
        try:
            part = part_of(request.headers.get(hdrs.RANGE), sent.size)
        except Unsatisfiable:
            headers: dict[str, str] = {hdrs.CONTENT_RANGE: f"bytes */{sent.size}"}
            raise Refused(416, "bad_request", "this range is not in the file", headers=headers) from None
    start, stop = part or (0, sent.size)
    sent.start = sent.stop = start
    response = dressed(web.StreamResponse(status=200 if part is None else 206))
    response.content_length = stop - start
    response.content_type = "application/octet-stream"
    response.headers[hdrs.ACCEPT_RANGES] = "bytes"
    response.headers[hdrs.ETAG] = etag
    response.headers[hdrs.LAST_MODIFIED] = formatdate(found.st_mtime, usegmt=True)
    if part is not None:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{sent.size}"
    return response
