"""What a station sends: the file itself, or a form with the file in it, a chunk at a time and each in time."""

import asyncio
from collections.abc import AsyncIterator
from email.message import Message
from typing import Protocol
from urllib.parse import unquote

from aiohttp import BodyPartReader, MultipartReader, hdrs
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import BaseRequest

from broker.server.files.connection import CHUNK
from broker.server.files.paths import clean_name
from broker.server.files.refused import Refused

_BROKEN = (ValueError, RuntimeError, AssertionError, HttpProcessingError)  # aiohttp's words for a form that is none
_MOST_FIELDS = 16
_MOST_OF_FIELDS = 64 * 1024


class Body(Protocol):
    """The file in a request."""

    name: str
    """What the station calls it; empty where it says nothing. Known when the first chunk is there."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The file, in chunks.

        Raises Refused for a body that is broken, TimeoutError for one that comes too slowly, ConnectionError.
        """


def body_of(request: BaseRequest, name: str, timeout: float) -> Body:
    """The body of a request; `name` is the one in the URL. Raises Refused for one that cannot be taken."""
    if hdrs.CONTENT_RANGE in request.headers:  # RFC 9110 14.5: a PUT of a part must not be taken for the whole
        raise Refused(400, "bad_request", "only whole files")
    if request.content_type == "multipart/form-data":
        return Form(request, name, timeout)
    return Raw(request, name, timeout)


class Raw:
    """The body is the file."""

    def __init__(self, request: BaseRequest, name: str, timeout: float) -> None:
        self.name = _name_in(request.headers.get(hdrs.CONTENT_DISPOSITION)) or name
        self._content = request.content
        self._timeout = timeout

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            data = bytearray()
            async with asyncio.timeout(self._timeout):
                while len(data) < CHUNK and (more := await self._content.read(CHUNK - len(data))):
                    data += more
            if not data:
                return
            yield bytes(data)


class Form:
    """The first part of a form that has a file name is the file (RFC 7578)."""

    def __init__(self, request: BaseRequest, name: str, timeout: float) -> None:
        self.name = name
        self._timeout = timeout
        try:
            self._reader = MultipartReader(request.headers, request.content)
        except ValueError:
            raise _broken() from None

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            part = await self._file()
            while not part.at_eof():
                if data := await self._chunk(part):
                    yield data
        except _BROKEN:
            raise _broken() from None

    async def _file(self) -> BodyPartReader:
        passed = 0
        for _ in range(_MOST_FIELDS):
            async with asyncio.timeout(self._timeout):
                part = await self._reader.next()
            if not isinstance(part, BodyPartReader):  # the end, or a form in a form
                break
            if name := _name_in(part.headers.get(hdrs.CONTENT_DISPOSITION)):
                self.name = name
                return part
            while not part.at_eof():
                passed += len(await self._chunk(part))
                if passed > _MOST_OF_FIELDS:
                    raise Refused(413, "too_large", "a form with too much in it beside the file")
        raise Refused(400, "bad_request", "a form without a file in it")

    async def _chunk(self, part: BodyPartReader) -> bytes:
        data = bytearray()
        async with asyncio.timeout(self._timeout):
            while len(data) < CHUNK and not part.at_eof():
                data += await part.read_chunk(CHUNK)
        return bytes(data)


def _broken() -> Refused:
    return Refused(400, "bad_request", "a form that cannot be read")


def _name_in(disposition: str | None) -> str:
    """The file name of a Content-Disposition header (RFC 6266, RFC 2231; RFC 7578 4.2), made harmless."""
    if not disposition:
        return ""
    message = Message()
    message[hdrs.CONTENT_DISPOSITION] = disposition.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return clean_name(unquote(message.get_filename() or "", errors="replace"))
    except (ValueError, LookupError):
        return ""
