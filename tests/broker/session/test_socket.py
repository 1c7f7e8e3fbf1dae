"""Sending: never waiting, in order, within bounds, whatever the peer does."""

import asyncio
import random
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType
from socket_kit import deafen, ended, heal, pair, received, tasks_named, texts, transport_of, until

from broker.session.socket import Socket

TEXT, PING, PONG = WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG
MIB = 1 << 20


class Rig:
    def __init__(self, socket, own, peer, limits):
        self.socket = socket
        self.own = own
        self.peer = peer
        self.limits = limits

    def stick(self):
        """Send more than the kernel takes to a peer that does not read; returns the frames that this took."""
        deafen(self.own, self.peer)
        self.socket.send(b"x" * MIB)
        assert self.socket._stuck
        return ["x" * MIB]


@asynccontextmanager
async def rig(end="server", *, send_deadline=30.0, compress=False):
    """A Socket on one end of a connection, the bare WebSocket on the other."""
    async with pair(compress=compress) as (server, client):
        own, peer = (server, client) if end == "server" else (client, server)
        limits = []
        now = asyncio.get_running_loop().time()
        yield Rig(Socket(own, send_deadline=send_deadline, on_limit=limits.append, now=now), own, peer, limits)
    await until(lambda: not tasks_named("socket backlog"))


@pytest.fixture(params=["server", "client"])
def end(request):
    return request.param


async def test_frames_arrive_in_order_and_nobody_waits_for_them(end):
    async with rig(end) as r:
        for n in range(2000):
            r.socket.send(str(n).encode())
        assert tasks_named("socket backlog") == []
        assert await texts(r.peer, 2000) == [str(n) for n in range(2000)]


async def test_pings_and_pongs_stand_in_the_same_line(end):
    async with rig(end) as r:
        r.socket.send(b"1")
        r.socket.ping()
        r.socket.send(b"2")
        r.socket.pong(b"hello")
        r.socket.send(b"3")
        assert await received(r.peer, 5) == [(TEXT, "1"), (PING, b""), (TEXT, "2"), (PONG, b"hello"), (TEXT, "3")]
        assert r.socket.pings == 1


async def test_what_a_peer_did_not_read_for_a_while_arrives_in_order_afterwards(end):
    async with rig(end) as r:
        expected = [(TEXT, frame) for frame in r.stick()]
        for n in range(200):
            r.socket.send(f"late {n}".encode())
            r.socket.ping()
            r.socket.pong(str(n).encode())
            expected += [(TEXT, f"late {n}"), (PING, b""), (PONG, str(n).encode())]
        await asyncio.sleep(0.05)
        assert r.socket._stuck
        heal(r.peer)
        assert await received(r.peer, len(expected)) == expected
        await until(lambda: not r.socket._stuck)
        r.socket.send(b"and on")
        assert await texts(r.peer, 1) == ["and on"]
        assert r.limits == []


async def test_frames_that_come_while_the_backlog_is_written_keep_their_place(end):
    async with rig(end) as r:
        expected = r.stick()
        for n in range(60):
            expected.append(f"a{n}" + "y" * 4096)
            r.socket.send(expected[-1].encode())
        heal(r.peer)
        for n in range(200):
            expected.append(f"b{n}")
            r.socket.send(expected[-1].encode())
            if n % 10 == 0:
                await asyncio.sleep(0)
        assert await texts(r.peer, len(expected)) == expected


async def test_others_may_wait_for_the_same_congestion_before_the_backlogs_task_does(end):
    """aiohttp has one future for all who drain a connection; a coroutine stepped by hand must not spoil it."""
    async with rig(end) as r:
        frames = r.stick()
        draining = r.own._writer.protocol._drain_helper()
        heal(r.peer)
        await draining
        assert await texts(r.peer, len(frames)) == frames


async def test_a_socket_that_was_stuck_can_be_stuck_again():
    async with rig() as r:
        for _ in range(3):
            frames = r.stick()
            heal(r.peer)
            assert await texts(r.peer, len(frames)) == frames
            await until(lambda: not r.socket._stuck)
        assert r.limits == []


async def test_the_backlog_is_bounded_in_bytes_and_the_peer_dropped_once(end):
    async with rig(end) as r:
        r.stick()
        kept = 0
        while not r.limits:
            assert kept < 2 * MIB
            r.socket.send(b"z" * 16384)
            kept += 16384
        assert kept > MIB // 2
        for _ in range(10):
            r.socket.send(b"more")
        assert r.limits == ["send_deadline"]
        assert transport_of(r.own).is_closing()
        await until(lambda: not r.socket._stuck)
        assert r.socket._backlog_bytes == 0
        assert not r.socket._backlog


async def test_frames_without_content_fill_the_backlog_too():
    """A peer that pings without end and reads none of the pongs costs memory for each of them."""
    async with rig() as r:
        r.stick()
        pongs = 0
        while not r.limits:
            assert pongs < 50_000
            r.socket.pong(b"")
            pongs += 1
        assert transport_of(r.own).is_closing()


async def test_one_frame_above_the_bound_is_kept_when_it_is_the_only_one():
    """`limits.message_bytes` may be larger than the backlog; what the broker lets in it must be able to send."""
    async with rig() as r:
        frames = r.stick()
        frames.append("w" * 2 * MIB)
        r.socket.send(frames[-1].encode())
        assert r.limits == []
        heal(r.peer)
        assert await texts(r.peer, len(frames)) == frames


async def test_a_peer_that_does_not_read_within_the_deadline_is_dropped(end):
    async with rig(end, send_deadline=0.1) as r:
        r.stick()
        r.socket.send(b"never read")
        await until(lambda: r.limits)
        assert r.limits == ["send_deadline"]
        assert transport_of(r.own).is_closing()
        await until(lambda: not r.socket._stuck)
        r.socket.send(b"into the void")
        assert not r.socket._stuck
        assert await ended(r.own) is None
        heal(r.peer)
        assert await ended(r.peer) is None


async def test_a_peer_that_goes_while_we_are_stuck_is_no_fault_of_ours(end):
    async with rig(end) as r:
        r.stick()
        r.socket.send(b"kept")
        transport_of(r.peer).abort()
        await until(lambda: not r.socket._stuck)
        assert r.limits == []
        assert not r.socket._backlog


async def test_large_frames_that_aiohttp_compresses_in_a_thread_keep_their_order():
    rand = random.Random(1)
    async with rig(compress=True) as r:
        expected = []
        for n in range(6):
            expected += [(TEXT, f"{n}" + rand.randbytes(100_000).hex()), (TEXT, f"small {n}"), (PING, b"")]
            for kind, data in expected[-3:]:
                r.socket.send(data.encode() if isinstance(data, str) else data, kind)
        assert await received(r.peer, len(expected)) == expected
        assert r.limits == []


async def test_after_the_peers_close_frame_sends_vanish(end):
    async with rig(end) as r:
        closing = asyncio.ensure_future(r.peer.close(code=1001))
        assert await ended(r.own) == 1001
        await closing
        r.socket.send(b"x")
        r.socket.ping()
        r.socket.pong(b"")
        await until(lambda: r.socket.closed)
        assert r.socket.close_code == 1001
        assert (r.limits, r.socket._stuck) == ([], None)


async def test_after_an_abort_sends_vanish_and_both_ends_are_told(end):
    async with rig(end) as r:
        r.socket.abort()
        r.socket.send(b"x")
        r.socket.abort()
        assert await ended(r.peer) is None
        assert await ended(r.own) is None
        assert r.limits == []


async def test_close_says_code_and_reason_and_waits_for_the_answer(end):
    async with rig(end) as r:
        closing = asyncio.ensure_future(r.socket.close(1008, "r" * 300))
        message = await r.peer.receive(timeout=2)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 1008, "r" * 123)
        await closing
        assert r.socket.closed


async def test_close_drops_a_peer_that_does_not_answer(end, monkeypatch):
    monkeypatch.setattr("broker.session.socket._CLOSE_WAIT", 0.1)
    async with rig(end) as r:
        transport_of(r.peer).pause_reading()
        await r.socket.close(1000, "")
        assert transport_of(r.own).is_closing()


async def test_close_of_a_stuck_socket_drops_the_peer(end, monkeypatch):
    monkeypatch.setattr("broker.session.socket._CLOSE_WAIT", 0.1)
    async with rig(end) as r:
        r.stick()
        await r.socket.close(1000, "")
        assert transport_of(r.own).is_closing()
        await until(lambda: not r.socket._stuck)


async def test_what_was_sent_before_close_arrives_before_the_close_frame():
    async with rig(compress=True) as r:
        large = random.Random(2).randbytes(300_000).hex()
        r.socket.send(large.encode())
        r.socket.send(b"last words")
        closing = asyncio.ensure_future(r.socket.close(1001, ""))
        assert await texts(r.peer, 2) == [large, "last words"]
        assert await ended(r.peer) == 1001
        await closing


async def test_a_peer_that_reads_again_gets_all_that_was_sent_before_close(end):
    async with rig(end) as r:
        frames = r.stick()
        closing = asyncio.ensure_future(r.socket.close(1001, ""))
        await asyncio.sleep(0.05)
        heal(r.peer)
        assert await texts(r.peer, len(frames)) == frames
        assert await ended(r.peer) == 1001
        await closing


async def test_close_of_a_socket_that_is_gone_is_no_error(end):
    async with rig(end) as r:
        r.socket.abort()
        await ended(r.own)
        await r.socket.close(1000, "")
        await r.socket.close(1000, "")
        assert r.socket.closed
