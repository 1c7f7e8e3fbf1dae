"""Security events as syslog."""

import asyncio
import logging
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.outlet_config import SyslogConfig
from plugins.shared.syslog import Syslog, message

EVENT = {
    "identity": "CP001",
    "type": "StartupOfTheDevice",
    "timestamp": "2026-01-01T00:00:00Z",
    "receivedAt": "2026-01-01T00:00:01.000Z",
    "critical": True,
}


def made(event, facility="authpriv"):
    return message(event, facility, hostname="host", process="7")


def test_a_message_as_rfc_5424_has_it():
    assert made({**EVENT, "techInfo": 'a "quoted" [text] \\'}).decode() == (
        "<82>1 2026-01-01T00:00:01.000Z host switchboard 7 StartupOfTheDevice"
        ' [securityEvent@32473 identity="CP001" type="StartupOfTheDevice" timestamp="2026-01-01T00:00:00Z"'
        ' techInfo="a \\"quoted\\" [text\\] \\\\"] StartupOfTheDevice at CP001'
    )


@pytest.mark.parametrize(
    ("critical", "facility", "priority"),
    [(True, "kern", 2), (False, "kern", 5), (False, "local7", 189), (True, "authpriv", 82)],
)
def test_the_priority_is_of_facility_and_severity(critical, facility, priority):
    assert made({**EVENT, "critical": critical}, facility).startswith(b"<%d>1 " % priority)


def test_an_empty_name_is_a_dash():
    assert message(EVENT, "user", hostname="", process="7").split()[2] == b"-"


def test_a_type_with_blanks_and_signs_stays_one_field_of_the_header():
    fields = made({**EVENT, "type": "A b\nc ü" + "x" * 40}).split(b" ")
    assert fields[5] == b"A_b_c__" + b"x" * 25
    assert len(fields[5]) == 32


def test_what_the_station_has_chosen_ends_no_line():
    data = made({**EVENT, "type": "X\r\nfake", "identity": "A\x00\u2028B", "techInfo": "\x1b[2J\n<13>1 - - - - - -"})
    assert not re.search(rb"[\x00-\x1f\x7f]", data)
    assert "\u2028" not in data.decode()


@pytest.mark.parametrize("char", ["x", "]", "\U0001f50c", "\x00", "\\"])
def test_the_longest_values_make_a_message_that_every_receiver_takes(char):
    data = made({**EVENT, "identity": char * 255, "techInfo": char * 255, "type": char * 50, "timestamp": char * 50})
    assert 600 < len(data) <= 2048
    assert data.count(b'" techInfo="') == 1


VALUES = st.text(max_size=300)


@given(identity=VALUES, kind=VALUES, info=VALUES, timestamp=VALUES)
def test_whatever_a_station_sends_makes_one_well_formed_message(identity, kind, info, timestamp):
    data = made({**EVENT, "identity": identity, "type": kind or "x", "techInfo": info, "timestamp": timestamp})
    text = data.decode()
    assert len(data) <= 2048
    assert text.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text)
    header = r"<82>1 \S+ host switchboard 7 [!-~]{1,32} "
    params = r"\[securityEvent@32473(?: [a-zA-Z]+=\"(?:[^\"\\\]]|\\[\"\\\]])*\")+\] "
    assert re.match(header + params, text)


def outlet(address, counted, **more):
    return Syslog(
        SyslogConfig.model_validate({"address": address, **more}),
        spawn=lambda coro: asyncio.create_task(coro),
        count=counted.append,
        log=logging.getLogger("test.syslog"),
        pause=lambda attempt: 0.0,
    )


async def deliver(address, *events, **more):
    counted = []
    made = outlet(address, counted, **more)
    for event in events:
        made.offer(event)
    await made.finish(10)
    return counted


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "[::1]")])
async def test_udp_is_one_datagram_an_event(family, host):
    with socket.socket(family, socket.SOCK_DGRAM) as receiver:
        receiver.bind((host.strip("[]"), 0))
        receiver.settimeout(5)
        address = f"udp://{host}:{receiver.getsockname()[1]}"
        assert await deliver(address, EVENT, {**EVENT, "identity": "CP002"}) == ["delivered"] * 2
        assert [b'identity="CP001"' in receiver.recv(4096), b'identity="CP002"' in receiver.recv(4096)] == [True, True]


async def test_a_local_socket_gets_the_same(tmp_path):
    path = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        receiver.settimeout(5)
        assert await deliver(f"unix:{path}", EVENT) == ["delivered"]
        assert receiver.recv(4096).startswith(b"<82>1 2026-01-01T00:00:01.000Z ")


async def test_a_local_socket_that_is_not_there_is_a_failure(tmp_path):
    assert await deliver(f"unix:{tmp_path}/none", EVENT, attempts=2) == ["failed"]


class Receiver:
    """A syslog server on TCP; `close_after` messages it hangs up."""

    def __init__(self, close_after=0):
        self.messages, self.connections, self._close_after = [], 0, close_after
        self.hung_up = asyncio.Event()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                length = int(await reader.readuntil(b" "))
                self.messages.append(await reader.readexactly(length))
                if len(self.messages) == self._close_after:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()
        self.hung_up.set()


async def test_tcp_tells_the_length_in_front():
    async with Receiver() as receiver:
        event = {**EVENT, "techInfo": "Ladesäule"}
        assert await deliver(receiver.address, event, EVENT) == ["delivered"] * 2
        await receiver.hung_up.wait()
        assert receiver.connections == 1
        assert [data.startswith(b"<82>1 ") for data in receiver.messages] == [True, True]
        assert "Ladesäule" in receiver.messages[0].decode()


async def test_tcp_connects_again_when_the_receiver_has_hung_up():
    async with Receiver(close_after=1) as receiver:
        counted = []
        made = outlet(receiver.address, counted)
        await made.send(EVENT)
        await receiver.hung_up.wait()
        while not made._stream[0].at_eof():
            await asyncio.sleep(0.01)
        await made.send({**EVENT, "identity": "CP002"})
        await made.close()
        while len(receiver.messages) < 2:
            await asyncio.sleep(0.01)
        assert receiver.connections == 2


async def test_tcp_without_a_receiver_is_a_failure():
    async with Receiver() as receiver:
        pass
    assert await deliver(receiver.address, EVENT, attempts=2) == ["failed"]
