"""Security events as syslog messages (RFC 5424) over UDP (RFC 5426), TCP (RFC 6587) or a local socket."""

import asyncio
import os
import re
import socket
from urllib.parse import urlsplit

from plugins.shared.outlet import Event, Outlet, TryLater
from plugins.shared.outlet_config import FACILITIES, SyslogConfig

_CRITICAL, _NOTICE = 2, 5
_PORT = 514
_SECONDS = 10.0
_LONGEST = 256
"""Bytes of one value, so that the whole stays within the 2,048 that a receiver should take (RFC 5424, 6.1)."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPECIAL = re.compile(r'(["\\\]])')
_NO_NAME = re.compile(r"[^\x21-\x7e]")


def message(event: Event, facility: str, *, hostname: str, process: str) -> bytes:
    """One event as RFC 5424 has it. What the station has chosen cannot end a field, nor begin a line of its own."""
    priority = FACILITIES.index(facility) * 8 + (_CRITICAL if event["critical"] else _NOTICE)
    header = (
        f"<{priority}>1 {event['receivedAt']} {_name(hostname, 255)} switchboard {_name(process, 128)}"
        f" {_name(event['type'], 32)}"
    )
    names = (("identity", "identity"), ("type", "type"), ("timestamp", "timestamp"), ("techInfo", "techInfo"))
    # 32473 is the enterprise number of examples (RFC 5612): the broker's project has none of its own.
    data = "".join(f' {name}="{_value(event[key])}"' for name, key in names if event.get(key))
    text = _plain(f"{event['type']} at {event['identity']}")
    return f"{header} [securityEvent@32473{data}] {text}".encode()


def _plain(text: str) -> str:
    """Control characters as their escapes (CWE-117), and not too much of it."""
    shown = _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
    return shown.encode()[:_LONGEST].decode(errors="ignore")


def _value(text: str) -> str:
    """A PARAM-VALUE (RFC 5424, 6.3.3)."""
    return _SPECIAL.sub(r"\\\1", _plain(str(text)))


def _name(text: str, longest: int) -> str:
    """A field of the header: printable US-ASCII without blanks, a `-` where nothing is left (RFC 5424, 6)."""
    return _NO_NAME.sub("_", text)[:longest] or "-"


class Syslog(Outlet):
    """Sends events to one syslog receiver."""

    def __init__(self, config: SyslogConfig, **outlet: object) -> None:
        super().__init__(size=config.queue, attempts=config.attempts, **outlet)  # type: ignore[arg-type]
        self._facility = config.facility
        self._scheme, _, rest = config.address.partition(":")
        self._path = rest
        parts = urlsplit(config.address)
        self._host, self._port = parts.hostname or "", _PORT if self._scheme == "unix" else parts.port or _PORT
        self._hostname, self._process = socket.gethostname(), str(os.getpid())
        self._socket: socket.socket | None = None
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def name(self) -> str:
        return "syslog"

    async def send(self, event: Event) -> None:
        data = message(event, self._facility, hostname=self._hostname, process=self._process)
        try:
            async with asyncio.timeout(_SECONDS):
                await (self._write(data) if self._scheme == "tcp" else self._datagram(data))
        except OSError as error:  # TimeoutError is one
            await self.close()
            raise TryLater(error.strerror or type(error).__name__) from None

    async def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._stream is not None:
            self._stream[1].close()
            self._stream = None

    async def _write(self, data: bytes) -> None:
        """With its length in front (RFC 6587, 3.4.1), so that no line end in it could begin another message."""
        if self._stream is not None and (self._stream[0].at_eof() or self._stream[1].is_closing()):
            await self.close()
        if self._stream is None:
            self._stream = await asyncio.open_connection(self._host, self._port)
        writer = self._stream[1]
        writer.write(b"%d %b" % (len(data), data))
        await writer.drain()

    async def _datagram(self, data: bytes) -> None:
        if self._socket is None:
            self._socket = await self._connected()
        self._socket.send(data)

    async def _connected(self) -> socket.socket:
        if self._scheme == "unix":
            return _open(socket.AF_UNIX, self._path)
        found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
        return _open(found[0][0], found[0][4])


def _open(family: int, address: object) -> socket.socket:
    """A datagram socket with its peer set, which never blocks."""
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        made.connect(address)  # type: ignore[arg-type]
    except OSError:
        made.close()
        raise
    return made
