"""What the stations of all versions have: a wire whose every frame is judged, and the calls of the CSMS they expect."""

import asyncio

from e2e_kit import WAIT, Wire
from frame_rules_kit import CSMS, STATION
from ocpp.exceptions import NotSupportedError, OCPPError
from websockets import ConnectionClosed


class JudgedWire(Wire):
    """A connection whose every frame goes past the rules, as soon as it is there."""

    def __init__(self, ws, rules):
        super().__init__(ws)
        self.rules = rules
        rules.connected()
        self._arrived = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def _read(self):
        try:
            while True:
                text = await super().recv()
                self.rules.saw(CSMS, text)
                self._arrived.put_nowait(text)
        except ConnectionClosed as closed:
            self._arrived.put_nowait(closed)

    async def recv(self):
        arrived = await self._arrived.get()
        if isinstance(arrived, ConnectionClosed):
            raise arrived
        return arrived

    async def send(self, text):
        """An answer goes out after a ping and its pong: a second call that the CSMS did not hold back has come then."""
        if not text.startswith("[2,"):
            await (await self.ws.ping())
            for _ in range(5):  # what came before the pong is on its way through the loop
                await asyncio.sleep(0)
        self.rules.saw(STATION, text)
        await super().send(text)


class Expected:
    """A call of the CSMS that the case expects; awaited, it is the payload as it stood on the wire."""

    def __init__(self, action, answer, *, optional):
        self.action, self.answer, self.optional = action, answer, optional
        self._payload = asyncio.get_running_loop().create_future()

    def __await__(self):
        return self._within().__await__()

    async def _within(self):
        try:
            async with asyncio.timeout(WAIT):
                return await asyncio.shield(self._payload)
        except TimeoutError:
            raise AssertionError(f"the CSMS sent no {self.action}") from None

    @property
    def came(self):
        return self._payload.done()

    def take(self, payload):
        self._payload.set_result(payload)
        return self.answer(payload) if callable(self.answer) else self.answer


class Expecting:
    """A charge point that answers what its case expects, in that order, and nothing else."""

    def __init__(self, identity, wire):
        super().__init__(identity, wire, response_timeout=WAIT)
        self.rules = wire.rules
        self.expected = []
        self.lost = False

    def expect(self, action, answer, *, optional=False):
        """The next call of the CSMS is this one, unless it is `optional`.

        `answer` is a payload, a function that makes one of the call's, or an OCPPError of the package: a CALLERROR.
        """
        assert action in self.from_csms
        self.expected.append(Expected(action, answer, optional=optional))
        return self.expected[-1]

    def answer_to(self, action, message_id):
        """The answer to a call: the first that is expected, and not another."""
        for one in self.expected:
            if not one.came and one.action == action:
                answer = one.take(self.rules.find(CSMS, message_id).payload)
                if isinstance(answer, OCPPError):
                    self.rules.may_fail.add(message_id)
                    raise answer
                return answer
            if not one.came and not one.optional:
                break
        self.rules.faults.append(f"{CSMS}: {action}, which no step of the case expects")
        raise NotSupportedError

    @property
    def missing(self):
        """What was expected and never came."""
        return [one.action for one in self.expected if not (one.came or one.optional)]

    async def loses_its_connection(self):
        """Without a word, as with its power."""
        self.lost = True
        self._connection.ws.transport.abort()
        await self._connection.ws.wait_closed()
