"""A CSMS that can be made to fail in each of the usual ways, and keeps a transcript of what it was sent."""

import json

from aiohttp import WSMsgType, web
from machine_history_kit import Arrival, number_of

#: Seconds after which the broker may give up a call; a little less, since the clocks are read in different places.
PATIENCE = 0.25
_SLACK = 0.05


class Connection:
    """One leg of one station."""

    def __init__(self, identity, version, ws):
        self.identity = identity
        self.version = version
        self.ws = ws
        self.dead = False
        self.open_call = None
        """(message id, when) of the broker's call that is not answered."""
        self.withheld = []
        self.asked = {}
        """Our own calls: message id -> (action, payload, charge, when)."""

    def abort(self):
        self.dead = True
        if self.ws._writer is not None and self.ws._writer.transport is not None:
            self.ws._writer.transport.abort()


class Csms:
    """Gives transactionIds 1, 2, 3 like all others, and a new one for a start that it has seen before."""

    def __init__(self, name, history):
        self.name = name
        self.history = history
        self.down = False
        self.mute = False
        self.breaks = ""
        """`before` or `after`: where the connection breaks at the next message, once."""
        self.errs = False
        """The next message is answered with an error, once a message."""
        self.port = 0
        self.open = []
        self.given = {}
        """(identity, transactionId) -> charge."""
        self.history.arrivals[name] = self.arrivals = []
        self._erred = set()
        self._count = 0
        self._commands = 0
        self._outage = self._silence = None
        self._runner = None

    async def start(self):
        app = web.Application()
        app.router.add_get("/{identity}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self):
        for connection in self.open:
            connection.abort()
        await self._runner.cleanup()

    # --- its faults -------------------------------------------------------------------------------------------------

    def go_down(self):
        if self.down:
            return
        self.down, self._outage = True, self.history.fault("down", self.name)
        self._drop()

    def come_up(self):
        if self.down:
            self.down, self._outage.end = False, self.history.clock()
            self.history.log(self.name, "is up")

    def fall_silent(self):
        if not self.mute:
            self.mute, self._silence = True, self.history.fault("mute", self.name)

    async def speak(self, *, late):
        """Answer again; `late`: also what has been asked meanwhile."""
        if not self.mute:
            return
        self.mute, self._silence.end = False, self.history.clock()
        self.history.log(self.name, "speaks, late" if late else "speaks")
        for connection in list(self.open):
            withheld, connection.withheld = connection.withheld, []
            for call in withheld if late else ():
                await self._answer(connection, *call)

    def heal(self):
        self.errs, self.breaks = False, ""
        self.come_up()

    def _drop(self):
        dropped, self.open = self.open, []
        for connection in dropped:
            connection.abort()

    # --- what comes -------------------------------------------------------------------------------------------------

    async def _serve(self, request):
        if self.down:
            return web.Response(status=503)
        version = request.headers["Sec-WebSocket-Protocol"]
        ws = web.WebSocketResponse(protocols=(version,), compress=False)
        await ws.prepare(request)
        connection = Connection(request.match_info["identity"], version, ws)
        if any(other.identity == connection.identity for other in self.open):
            self.history.violation(f"two legs of {connection.identity} at {self.name}")
        self.open.append(connection)
        self.history.log(self.name, "<- leg of", connection.identity, version)
        try:
            async for message in ws:
                if connection.dead or message.type is not WSMsgType.TEXT:
                    break
                await self._take(connection, message.data)
        finally:
            connection.dead = True
            if connection in self.open:
                self.open.remove(connection)
                self.history.log(self.name, "leg of", connection.identity, "ended", ws.close_code)
        return ws

    async def _take(self, connection, text):
        frame = json.loads(text)
        if frame[0] != 2:
            self._reply(connection, frame)
            return
        _, message_id, action, payload = frame
        now = self.history.clock()
        before = connection.open_call
        if before is not None and now - before[1] < PATIENCE - _SLACK:
            self.history.violation(f"{self.name} got {action} of {connection.identity} while {before[0]} was open")
        connection.open_call = (message_id, now)
        number = number_of(payload)
        self.history.log(self.name, "<-", connection.identity, action, number or "", payload.get("transactionId", ""))
        arrival = None
        if number is not None:
            arrival = Arrival(number, connection.identity, action, payload, now)
            self.arrivals.append(arrival)
        if self.mute:
            connection.withheld.append((message_id, action, arrival))
        else:
            await self._answer(connection, message_id, action, arrival)

    async def _answer(self, connection, message_id, action, arrival):
        if connection.open_call is not None and connection.open_call[0] == message_id:
            connection.open_call = None
        if arrival is not None and self.breaks:
            how, self.breaks = self.breaks, ""
            self.history.fault(f"breaks {how}", self.name)
            if how == "after":
                self._result(action, arrival)
            self.open.remove(connection)
            connection.abort()
            return
        if arrival is not None and self.errs and arrival.number not in self._erred:
            self.errs = False
            self._erred.add(arrival.number)
            self.history.fault("error", self.name).number = arrival.number
            await self._send(connection, [4, message_id, "InternalError", "once", {}])
            return
        result = self._result(action, arrival)
        if await self._send(connection, [3, message_id, result]) and arrival is not None:
            arrival.sent = True

    def _result(self, action, arrival):
        self._count += 1
        result = {}
        if action == "BootNotification":
            result = {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}
        elif action == "Heartbeat":
            result = {"currentTime": "2026-01-01T00:00:00Z"}
        elif action == "StartTransaction":
            result = {"transactionId": self._new_id(arrival), "idTagInfo": {"status": "Accepted"}}
        elif action == "StopTransaction":  # no two answers are the same
            result = {"idTagInfo": {"status": "Accepted", "parentIdTag": f"P{self._count}"}}
        elif action == "TransactionEvent":
            result = {
                "chargingPriority": self._count % 9,
                "updatedPersonalMessage": _text(f"{self.name} {self._count}"),
            }
        if arrival is not None:
            arrival.result, arrival.taken_at = result, self.history.clock()
        return result

    def _new_id(self, arrival):
        number = 1 + len(self.given)
        self.given[arrival.identity, number] = self.history.messages[arrival.number].charge
        return number

    async def _send(self, connection, frame):
        if connection.dead:
            return False
        try:
            await connection.ws.send_str(json.dumps(frame))
        except (ConnectionError, RuntimeError):
            return False
        return True

    # --- what it asks -----------------------------------------------------------------------------------------------

    async def ask(self, identity, charge):
        """Send a command: to stop `charge` where this CSMS knows it, else any."""
        connection = next((one for one in self.open if one.identity == identity), None)
        if connection is None or connection.asked:
            return
        self._commands += 1
        numbers = [number for (whose, number), one in self.given.items() if whose == identity and one is charge]
        if charge is not None and charge.version == connection.version == "ocpp1.6" and numbers:
            action, payload = "RemoteStopTransaction", {"transactionId": numbers[-1]}
        else:
            action, payload = "DataTransfer", {"vendorId": "V", "data": f"{self.name} {self._commands}"}
        message_id = f"{self.name}-{self._commands}"
        connection.asked[message_id] = (action, payload, charge, len(self.history.told_to_stop))
        self.history.log(self.name, "->", identity, action, payload)
        await self._send(connection, [2, message_id, action, payload])

    def _reply(self, connection, frame):
        asked = connection.asked.pop(frame[1], None)
        if asked is None:
            self.history.violation(f"{self.name} got an answer to no call of its own: {frame}")
            return
        action, payload, charge, since = asked
        if frame[0] != 3 or frame[2].get("status") != "Accepted":
            return
        if action == "DataTransfer" and frame[2].get("data") != f"{payload['data']}@{connection.identity}":
            self.history.violation(f"{self.name} got the answer to another call: {frame}")
        if action == "RemoteStopTransaction" and charge not in self.history.told_to_stop[since:]:
            self.history.violation(f"{self.name}: {payload} was accepted, but the station was told something else")


def _text(content):
    return {"format": "UTF8", "content": content}
