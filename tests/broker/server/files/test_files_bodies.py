"""Bodies: the file itself, or a form."""

import asyncio
from unittest.mock import Mock

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from broker.server.files.bodies import body_of
from broker.server.files.refused import Refused

FORM = {"Content-Type": "multipart/form-data; boundary=B"}


def part(content, head="", name="file", filename="a.zip"):
    file = f'; filename="{filename}"' if filename is not None else ""
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{head}\r\n'.encode() + content + b"\r\n"


END = b"--B--\r\n"


def request(data, headers, *, pieces=1, ended=True):
    """A request whose body has come in so many pieces."""
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.transport = Mock()  # connected
    stream = StreamReader(protocol, 2**16, loop=loop)
    step = max(1, -(-len(data) // pieces))
    for start in range(0, len(data), step):
        stream.feed_data(data[start : start + step])
    if ended:
        stream.feed_eof()
    return make_mocked_request("POST", "/", headers=headers, payload=stream)


async def read(data, headers, **more):
    """Name and content."""
    body = body_of(request(data, headers, **more), "url.zip", 5.0)
    content = b"".join([chunk async for chunk in body.chunks()])
    return body.name, content


async def test_the_body_as_it_is():
    assert await read(b"abc", {}) == ("url.zip", b"abc")
    assert await read(b"abc", {"Content-Type": "text/plain"}) == ("url.zip", b"abc")
    assert await read(b"", {}) == ("url.zip", b"")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="x.zip"', "x.zip"),
        ("attachment; filename=../x.zip", "x.zip"),
        ("attachment; filename*=UTF-8''%C3%BC.zip", "\u00fc.zip"),
        ("attachment; filename*=nonsense''%C3%BC.zip", "\u00c3\u00bc.zip"),
        ("attachment", "url.zip"),
        ("", "url.zip"),
        ("\u00fc; filename=\u00fc.zip", "\u00fc.zip"),
        (";;;=\"';filename", "url.zip"),
    ],
)
async def test_a_name_in_the_header_comes_first(disposition, name):
    assert (await read(b"abc", {"Content-Disposition": disposition}))[0] == name


@pytest.mark.parametrize(
    ("data", "name", "content"),
    [
        (part(b"abc") + END, "a.zip", b"abc"),
        (part(b"abc") + part(b"def", filename="b.zip") + END, "a.zip", b"abc"),
        (part(b"1", filename=None) + part(b"abc") + END, "a.zip", b"abc"),
        (b"preamble\r\n" + part(b"abc") + END + b"epilogue", "a.zip", b"abc"),
        (part(b"abc", "Content-Length: 3\r\n") + END, "a.zip", b"abc"),
        (part(b"abc", "Content-Length: 99\r\n") + END, "a.zip", b"abc"),  # RFC 7578 4.8: to be ignored
        (part(b"") + END, "a.zip", b""),
        (part(b"\r\n--", filename="d\u00efag.zip") + END, "d\u00efag.zip", b"\r\n--"),
        (part(b"abc", filename="%C3%BC.zip") + END, "\u00fc.zip", b"abc"),
        (part(b"YWJj", "Content-Transfer-Encoding: base64\r\n") + END, "a.zip", b"YWJj"),
        (part(b"\x1f\x8b", "Content-Encoding: gzip\r\n") + END, "a.zip", b"\x1f\x8b"),
    ],
)
async def test_a_form(data, name, content):
    for pieces in (1, 3, 1000):
        assert await read(data, FORM, pieces=pieces) == (name, content)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing of a form",
        END,
        part(b"1", filename=None) + END,
        part(b"1", filename="") + END,
        part(b"abc")[:-2],
        part(b"abc") + b"--",
        b"--B\r\n",
        b"--B\r\nno header at all\r\n\r\nabc\r\n" + END,
        b"--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\nabc\r\n--C--\r\n" + END,
        part(b"abc", "X: " + "y" * 100_000 + "\r\n") + END,
        part(b"1", filename=None) * 17 + part(b"abc") + END,
    ],
)
async def test_a_form_that_is_none(data):
    with pytest.raises(Refused) as caught:
        await read(data, FORM)
    assert (caught.value.status, caught.value.outcome) == (400, "bad_request")


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "B" * 100])
async def test_a_form_without_a_boundary(content_type):
    with pytest.raises(Refused):
        body_of(request(b"", {"Content-Type": content_type}), "", 5.0)


async def test_a_form_with_too_much_beside_the_file():
    with pytest.raises(Refused) as caught:
        await read(part(bytes(70_000), filename=None) + part(b"abc") + END, FORM)
    assert caught.value.status == 413


@pytest.mark.parametrize("data", [b"", part(b"abc", filename=None), part(b"abc")])
async def test_a_form_that_stops_in_the_middle_is_not_waited_for(data):
    body = body_of(request(data, FORM, ended=False), "", 0.05)
    with pytest.raises(TimeoutError):
        [chunk async for chunk in body.chunks()]


@given(st.binary(max_size=3000), st.integers(1, 200))
async def test_whatever_is_in_the_file_comes_out_of_the_form(content, pieces):
    content = content.replace(b"--B", b"")
    assert await read(part(content) + END, FORM, pieces=pieces) == ("a.zip", content)


async def test_a_part_of_a_file_is_none():
    with pytest.raises(Refused):
        body_of(request(b"", {"Content-Range": "bytes 0-1/5"}), "", 5.0)
