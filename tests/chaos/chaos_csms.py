"""A CSMS that records every frame before it answers, and gives transactionIds of its own."""

import asyncio
import random
import sys
import time
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web
from chaos_journal import Journal
from chaos_messages import ACTIONS, number_of
from chaos_messaging import End, Gone, Refused

BLOCK = 1000
VERSIONS = ("ocpp1.6", "ocpp2.0.1")


class Ids:
    """transactionIds that only grow, over every restart: a block of them is set aside in the file before it is used."""

    def __init__(self, path, first):
        self._path = path
        self._next = self._limit = int(path.read_text()) if path.exists() else first

    def new(self, step=1):
        if self._next + step >= self._limit:
            self._limit = self._next + BLOCK
            made = self._path.with_suffix(".new")
            made.write_text(str(self._limit))
            made.replace(self._path)
        self._next += step
        return self._next


class RecorderCsms:
    """`refuses`, `blocks`: shares of transaction messages answered with a CALLERROR, of starts with status Blocked."""

    def __init__(self, name, folder, *, first, seed, commands=("DataTransfer",), refuses=0.0, blocks=0.0, every=2.0):
        self.name = name
        self.journal = Journal(folder / f"{name}.jsonl")
        self._ids = Ids(folder / f"{name}.ids", first)
        self._random = random.Random(f"{seed}/{name}")
        self._commands, self._refuses, self._blocks, self._every = commands, refuses, blocks, every
        self._open = {}  # identity -> {transactionId: number of its start}
        self._asked = 0
        self._runner = None
        self.port = 0

    async def start(self, port=0):
        app = web.Application()
        app.router.add_get("/{identity}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self.journal.note("serving")

    async def stop(self):
        await self._runner.cleanup()
        self.journal.close()

    async def _serve(self, request):
        identity = unquote(request.match_info["identity"])
        socket = web.WebSocketResponse(protocols=VERSIONS, max_msg_size=0)
        try:
            await socket.prepare(request)
        except OSError:  # gone within the handshake
            return web.Response(status=400)
        self._note(identity, "open")
        version = socket.ws_protocol

        async def answer(action, payload):
            return await self._answer(identity, version, action, payload)

        end = End(socket, answer, lambda action: self._note(identity, "overlap", a=action))
        commanding = asyncio.create_task(self._command(identity, version, end))
        try:
            await end.run()
        finally:
            commanding.cancel()
            self._note(identity, "closed", code=socket.close_code)
        return socket

    # --- what the station says ----------------------------------------------------------------------------------------

    async def _answer(self, identity, version, action, payload):
        refused = action in ACTIONS and self._random.random() < self._refuses
        result = None if refused else self._result(identity, action, payload)
        self._note(identity, "got", a=action, p=payload, r=result)
        if refused:
            raise Refused("InternalError")
        if self._random.random() < 0.02:
            await asyncio.sleep(self._random.uniform(0, 0.1))
        return result

    def _result(self, identity, action, payload):
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": _now(), "interval": 300}
        if action == "Heartbeat":
            return {"currentTime": _now()}
        if action == "StartTransaction":
            made = self._ids.new(self._random.randint(1, 3))
            self._open.setdefault(identity, {})[made] = number_of(action, payload)
            return {"transactionId": made, "idTagInfo": {"status": self._verdict()}}
        if action == "StopTransaction":
            self._open.get(identity, {}).pop(payload.get("transactionId"), None)
        if action == "TransactionEvent":
            self._event(identity, payload)
            return {"idTokenInfo": {"status": self._verdict()}} if "idToken" in payload else {}
        return {}

    def _event(self, identity, payload):
        transaction = payload["transactionInfo"]["transactionId"]
        if payload["eventType"] == "Ended":
            self._open.get(identity, {}).pop(transaction, None)
        elif payload["eventType"] == "Started":
            self._open.setdefault(identity, {})[transaction] = number_of("TransactionEvent", payload)

    def _verdict(self):
        return "Blocked" if self._random.random() < self._blocks else "Accepted"

    # --- what it tells the station ------------------------------------------------------------------------------------

    async def _command(self, identity, version, end):
        while True:
            await asyncio.sleep(self._every * self._random.uniform(0.5, 1.5))
            action, payload, number = self._next_command(identity, version)
            since, result, code = time.monotonic(), None, None
            self._note(identity, "asking", a=action, p=payload)
            try:
                result = await end.call(action, payload, 15)
            except Refused as refused:
                code = refused.code
            except Gone:
                code = "gone"
            self._note(identity, "asked", a=action, p=payload, n=number, since=since, r=result, x=code)
            if code == "gone":
                return

    def _next_command(self, identity, version):
        running = self._open.get(identity)
        if running and "RemoteStopTransaction" in self._commands and self._random.random() < 0.2:
            transaction, number = self._random.choice(list(running.items()))
            action = "RemoteStopTransaction" if version == "ocpp1.6" else "RequestStopTransaction"
            return action, {"transactionId": transaction}, number
        self._asked += 1
        return "DataTransfer", {"vendorId": "chaos", "data": f"{self.name}-{self._asked}"}, None

    def _note(self, identity, event, **fields):
        self.journal.note(event, s=identity, **fields)


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


async def main(name, folder, port, first, seed, options):
    """The process: until it is killed."""
    csms = RecorderCsms(name, Path(folder), first=int(first), seed=seed, **options)
    await csms.start(int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    import json

    asyncio.run(main(*sys.argv[1:6], json.loads(sys.argv[6])))
