import asyncio
import errno
import socket

import pytest
import structlog
from door_kit import eventually

from broker.server import accept
from broker.server.accept import Acceptor, bind


async def test_all_addresses_of_a_name_are_on_one_port():
    sockets = await bind("localhost", 0)
    try:
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
        assert all(sock.getsockname()[0] in ("127.0.0.1", "::1") for sock in sockets)
    finally:
        for sock in sockets:
            sock.close()


async def test_v4_and_v6_stand_side_by_side():
    (v6,) = await bind("::1", 0)
    with v6:
        assert v6.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1


async def test_an_address_that_is_taken_or_not_ours_is_an_error():
    (taken,) = await bind("127.0.0.1", 0)
    with taken, pytest.raises(OSError) as caught:
        await bind("127.0.0.1", taken.getsockname()[1])
    assert caught.value.errno == errno.EADDRINUSE
    with pytest.raises(OSError):
        await bind("192.0.2.1", 0)


async def test_connections_are_handed_over_until_it_is_closed():
    (sock,) = await bind("127.0.0.1", 0)
    port, taken = sock.getsockname()[1], []
    acceptor = Acceptor(sock, lambda connection, host: taken.append((connection, host)))
    first = socket.create_connection(("127.0.0.1", port))
    await asyncio.sleep(0.02)
    assert not taken
    acceptor.start()
    second = socket.create_connection(("127.0.0.1", port))
    await eventually(lambda: len(taken) == 2)
    assert {host for _, host in taken} == {"127.0.0.1"}
    acceptor.close()
    acceptor.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    for one in (first, second, *(connection for connection, _ in taken)):
        one.close()


class Exhausted:
    """A listening socket for which the process has no file descriptors, a few times."""

    def __init__(self, sock, error, times):
        self._sock, self._error, self.left = sock, error, times

    def fileno(self):
        return self._sock.fileno()

    def close(self):
        self._sock.close()

    def accept(self):
        if self.left:
            self.left -= 1
            raise OSError(self._error, "no")
        return self._sock.accept()


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENOMEM, errno.EPROTO])
async def test_out_of_file_descriptors_is_survived(monkeypatch, error):
    monkeypatch.setattr(accept, "_PAUSE", 0.02)
    (sock,) = await bind("127.0.0.1", 0)
    taken = []
    acceptor = Acceptor(Exhausted(sock, error, 2), lambda connection, host: taken.append(connection))
    acceptor.start()
    with structlog.testing.capture_logs() as logs:
        with socket.create_connection(sock.getsockname()):
            await eventually(lambda: taken)
        assert len(logs) == 2
    acceptor.close()
    taken[0].close()


async def test_closing_while_it_pauses(monkeypatch):
    monkeypatch.setattr(accept, "_PAUSE", 0.02)
    (sock,) = await bind("127.0.0.1", 0)
    exhausted = Exhausted(sock, errno.EMFILE, 1)
    acceptor = Acceptor(exhausted, lambda connection, host: connection.close())
    acceptor.start()
    with socket.create_connection(sock.getsockname()):
        await eventually(lambda: not exhausted.left)
        acceptor.close()
        await asyncio.sleep(0.05)
    assert sock.fileno() == -1
