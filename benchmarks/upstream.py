"""A CSMS that answers any CALL at once with an empty CALLRESULT. `python -m benchmarks.upstream`"""

import asyncio

from benchmarks.serving import run, say, tune
from benchmarks.wire import CLOSE, PING, PONG, TEXT, Frame, frame, next_frame, unmask, upgrade_response

_ID_WITHIN = 64  # bytes of a CALL that surely hold its type and its message id (36 characters at most)


class Upstream(asyncio.Protocol):
    """One relay's leg."""

    def __init__(self) -> None:
        self.buffer = b""
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        at = 0 if self.open else self._upgraded(data)
        out = []
        while (found := next_frame(data, at)) is not None:
            out.append(self._answer(data, found))
            at = found.end
        self.buffer = data[at:]
        if out:
            self.transport.write(b"".join(out))

    def _upgraded(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            return 0
        self.open = True
        self.transport.write(upgrade_response(data[:end]))
        return end

    def _answer(self, data: bytes, found: Frame) -> bytes:
        if found.opcode == TEXT:
            return answer(unmask(data[found.start : min(found.end, found.start + _ID_WITHIN)], found.mask))
        payload = unmask(data[found.start : found.end], found.mask)
        if found.opcode == CLOSE:
            return frame(CLOSE, payload[:2], masked=False)
        return frame(PONG, payload, masked=False) if found.opcode == PING else b""


def answer(head: bytes) -> bytes:
    """The CALLRESULT frame for the CALL that begins with `head`; nothing for any other message."""
    if not head.startswith(b"[2,"):
        return b""
    message_id = head[3 : head.index(b'"', 4) + 1]
    return frame(TEXT, b"[3," + message_id + b",{}]", masked=False)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0, backlog=4096)
    tune()
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


if __name__ == "__main__":
    run(main())
