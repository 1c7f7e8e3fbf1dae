"""A TCP proxy that does to connections what networks do: hang, reset, half-open, one-byte slices, latency.

It reads the request line of each connection, so that a fault can be aimed at single stations.
"""

import asyncio
import re
import socket
import struct
from collections import deque
from contextlib import suppress
from urllib.parse import unquote

HANG, HALF_OPEN, RESET, SLICES, LATENCY = MODES = ("hang", "half_open", "reset", "slices", "latency")
_REQUEST = re.compile(rb"GET \S*/([^/\s?]+)(?:\?\S*)? HTTP")
_SLICED = 2048  # of a chunk; what is longer goes on in one piece


class FaultProxy:
    """Listens on a port and leads to another one. `faults` holds what is going on, by a name of the caller's."""

    def __init__(self, target):
        self.target = target
        self.port = 0
        self.faults = {}
        self.pairs = set()
        self.accepted = 0
        self._server = None

    async def start(self, port=0):
        self._server = await asyncio.get_running_loop().create_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        self._server.close()
        for pair in list(self.pairs):
            pair.reset()
        await self._server.wait_closed()

    def begin(self, name, mode, identities=None, *, delay=0.05):
        """From now on until `end(name)`; None for all connections. Gives the identities that are connected and hit."""
        self.faults[name] = Fault(mode, identities, delay)
        hit = [pair for pair in self.pairs if self.faults[name].hits(pair.identity)]
        for pair in hit:
            pair.apply(mode, delay)
        return {pair.identity for pair in hit}

    def end(self, name):
        """The fault is over: what hung goes on; what was half-open has lost bytes and is reset."""
        fault = self.faults.pop(name)
        for pair in list(self.pairs):
            if fault.hits(pair.identity):
                pair.lift()
                self.greet(pair)

    def greet(self, pair):
        """A connection has said whose it is; a fault that is on takes it. A reset is for those it found only."""
        for fault in self.faults.values():
            if fault.mode != RESET and fault.hits(pair.identity):
                pair.apply(fault.mode, fault.delay)

    def _accept(self):
        self.accepted += 1
        return Pair(self).client


class Fault:
    """One fault that is on."""

    def __init__(self, mode, identities, delay):
        self.mode, self.delay = mode, delay
        self._identities = identities

    def hits(self, identity):
        return identity is not None and (self._identities is None or identity in self._identities)


class Pair:
    """One connection through the proxy: the side that dialled and the side that was dialled."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.identity = None
        self.mode, self.delay = None, 0.0
        self.client, self.server = Side(self), Side(self)
        self.client.other, self.server.other = self.server, self.client
        self.over = False
        self._dialling = None

    def dial(self):
        self.proxy.pairs.add(self)
        self._dialling = asyncio.create_task(self._dial())

    async def _dial(self):
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.server, "127.0.0.1", self.proxy.target)
        except OSError:  # nobody there: the one who dialled learns it as a reset
            self.reset()

    def recognise(self, data):
        """The first bytes of the side that dialled are an HTTP request."""
        found = _REQUEST.match(data)
        self.identity = unquote(found[1].decode()) if found else ""
        self.proxy.greet(self)

    def apply(self, mode, delay):
        if mode == RESET:
            self.reset()
        else:
            self.mode, self.delay = mode, delay

    def lift(self):
        lost, self.mode, self.delay = self.mode == HALF_OPEN, None, 0.0
        if lost:
            self.reset()
        else:
            self.client.release()
            self.server.release()

    def ended(self):
        """One side is gone: so is the other, unless nobody can tell yet."""
        if not self.over and self.mode != HALF_OPEN:
            self.finish()

    def finish(self):
        """What has been taken is still delivered, unless it hangs; then both sides close."""
        self.over = True
        for side in (self.client, self.server):
            side.release()
            if side.transport is not None:
                side.transport.close()
        self._forget()

    def reset(self):
        """Both sides see ECONNRESET (SO_LINGER 0), and what was on its way is lost."""
        self.over = True
        for side in (self.client, self.server):
            side.abort()
        self._forget()

    def _forget(self):
        self.proxy.pairs.discard(self)
        if self._dialling is not None and self._dialling is not asyncio.current_task():
            self._dialling.cancel()


class Side(asyncio.Protocol):
    """One socket of a pair. What it receives goes to `other`, by the pair's mode."""

    def __init__(self, pair):
        self.pair = pair
        self.other = None
        self.transport = None
        self._waiting = deque()
        self._timer = None

    def connection_made(self, transport):
        self.transport = transport
        if self.pair.over:
            self.abort()
            return
        with suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self is self.pair.client:
            self.pair.dial()
        else:
            self.release()

    def data_received(self, data):
        if self.pair.identity is None and self is self.pair.client:
            self.pair.recognise(data)
        if not self.pair.over and self.pair.mode != HALF_OPEN:
            self.other.take(data)

    def eof_received(self):
        return False

    def connection_lost(self, error):
        self.transport = None
        self._stop_timer()
        self.pair.ended()

    def pause_writing(self):
        if self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self):
        if self.other.transport is not None:
            self.other.transport.resume_reading()

    def take(self, data):
        """Bytes for this side's peer; they never overtake those that wait."""
        due = asyncio.get_running_loop().time() + (self.pair.delay if self.pair.mode == LATENCY else 0.0)
        self._waiting.append((due, data))
        self._flow()

    def release(self):
        """Whatever waits is due now."""
        self._waiting = deque((0.0, data) for _, data in self._waiting)
        self._flow()

    def abort(self):
        self._stop_timer()
        self._waiting.clear()
        if self.transport is not None:
            with suppress(OSError):
                linger = struct.pack("ii", 1, 0)
                self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()

    def _flow(self):
        """Write what is due; the peer may not be connected yet, or the pair hang."""
        self._stop_timer()
        now = asyncio.get_running_loop().time()
        while self._waiting and self.transport is not None and self.pair.mode != HANG:
            due, data = self._waiting[0]
            if due > now:
                self._timer = asyncio.get_running_loop().call_later(due - now, self._flow)
                return
            self._waiting.popleft()
            self._write(data)

    def _write(self, data):
        if self.pair.mode == SLICES:
            for at in range(min(len(data), _SLICED)):
                self.transport.write(data[at : at + 1])
            data = data[_SLICED:]
        if data:
            self.transport.write(data)

    def _stop_timer(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
