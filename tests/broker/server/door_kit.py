"""What the station door's tests are made of: a door with real sockets, sessions that echo, and a raw client."""

import asyncio
import base64
import shutil
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import WSMsgType

import certs
from broker.config import Config
from broker.metrics import Metrics
from broker.server.door import Door
from broker.server.listeners import Listeners

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 1.3

LAB = {"name": "lab", "bind": "127.0.0.1:0", "security_profiles": [0]}
PLAIN = {"name": "plain", "bind": "127.0.0.1:0", "security_profiles": [1]}
CP001 = {"identity": "CP001", "password": "a-good-password-1"}


class FakeSessions:
    """Stands where `broker.session.Sessions` stands: records who is let in and echoes what it says."""

    def __init__(self):
        self.served = []
        self.asked = []
        self.answer = None
        self.delay = 0.0
        self.sockets = []

    async def refusal(self, admission):
        self.asked.append(admission)
        await asyncio.sleep(self.delay)
        return self.answer

    async def serve(self, admission, ws):
        self.served.append(admission)
        self.sockets.append(ws)
        while True:
            message = await ws.receive()
            if message.type is WSMsgType.TEXT:
                await ws.send_str(message.data)
            elif message.type is WSMsgType.PING:
                await ws.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return


class House:
    """A door, its listeners, and what it told."""

    def __init__(self, config, ask=None, learned=None, registrations=None):
        self.sessions = FakeSessions()
        self.requests = []
        self.opinion = None
        self.metrics = Metrics()
        self.config = config
        self.door = Door(
            config, sessions=self.sessions, ask_plugins=ask or self._ask, learned=learned, registrations=registrations
        )
        self.listeners = Listeners(self.door, self.metrics)

    async def _ask(self, request):
        self.requests.append(request)
        return self.opinion

    async def reload(self, config=None):
        self.listeners.commit(await self.listeners.prepare(config or self.config))

    @property
    def port(self):
        return next(iter(self.listeners.ports.values()))

    @property
    def admitted(self):
        return [admission.identity for admission in self.sessions.served]

    def refused(self, reason):
        value = self.metrics.registry.get_sample_value("switchboard_handshakes_refused_total", {"reason": reason})
        return int(value)

    def limits(self, name):
        return int(self.metrics.registry.get_sample_value("switchboard_limit_hits_total", {"limit": name}))


@asynccontextmanager
async def house(*listeners, stations=(), unknown="reject", limits=None, ask=None, learned=None, registrations=None):
    """A running door; everything is closed afterwards."""
    config = configured(*listeners, stations=stations, unknown=unknown, limits=limits)
    built = House(config, ask, learned, registrations)
    await built.listeners.start(config)
    try:
        yield built
    finally:
        await built.listeners.close(0.2)


def configured(*listeners, stations=(), unknown="reject", limits=None):
    return Config.model_validate(
        {
            "listeners": list(listeners),
            "stations": {"unknown": unknown, "known": list(stations)},
            "limits": limits or {},
        }
    )


def basic(user, password):
    user = user.encode() if isinstance(user, str) else user
    password = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(user + b":" + password).decode()


def handshake(target="/ocpp/CP001", *, protocol="ocpp1.6", auth=None, extra=(), without=(), first=None):
    """The bytes of a handshake. `without` leaves headers out, `first` replaces the request line."""
    headers = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    if protocol is not None:
        headers["Sec-WebSocket-Protocol"] = protocol
    if auth is not None:
        headers["Authorization"] = auth
    for name in without:
        del headers[name]
    lines = [first or f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), *extra]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


@dataclass
class Answer:
    status: int
    headers: dict
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def frame(self):
        """(opcode, payload) of the next WebSocket frame, which is unmasked and short; None at the end."""
        try:
            first, length = await self.reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2), "big")
            return first, await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def close_code(self):
        opcode, payload = await self.frame()
        assert opcode == 0x88
        return int.from_bytes(payload[:2], "big")

    async def echo(self, text="hello"):
        self.send(0x81, text.encode())
        opcode, payload = await self.frame()
        assert opcode == 0x81
        return payload.decode()

    def send(self, first, payload):
        """One masked frame; `first` is its first byte."""
        self.writer.write(bytes([first, 0x80 | len(payload)]) + bytes(4) + payload)

    async def close(self):
        await hang_up(self.writer)


async def hang_up(writer):
    writer.close()
    try:
        await writer.wait_closed()
    except (ConnectionError, ssl.SSLError):
        return


async def connect(port, data=None, *, tls=None, name=None, host="127.0.0.1"):
    """Open a connection, send `data`, read the answer's head. The caller closes it."""
    reader, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=name if tls else None)
    try:
        writer.write(handshake() if data is None else data)
        return await read_answer(reader, writer)
    except BaseException:
        await hang_up(writer)
        raise


async def read_answer(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")[:-2]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split()[1]), headers, reader, writer)


async def status(port, data=None, **options):
    """The status of a handshake; the connection is closed."""
    answer = await connect(port, data, **options)
    await answer.close()
    return answer.status


async def eventually(condition):
    """Wait until `condition` holds; the test's own time limit is the bound."""
    while not condition():
        await asyncio.sleep(0.005)


class Pki:
    """Certificates made with `certs`: a server for localhost, and stations."""

    def __init__(self, folder, like=None):
        """A new one in `folder`, or a copy of `like`, which saves making keys."""
        self.folder = folder
        if like is None:
            self.layout = certs.init(folder, organization="Depot")
            self.serve()
        else:
            shutil.copytree(like.folder, folder)
            self.layout = certs.Layout(folder)
            self.servers = [replace(one, certificate=folder / one.certificate.name, key=folder / one.key.name)
                            for one in like.servers]  # fmt: skip

    def serve(self):
        self.servers = certs.issue_server(self.folder, ["localhost", "127.0.0.1"])

    def station(self, identity, **options):
        return certs.issue_station(self.folder, identity, **options)

    def tls(self, **more):
        """The `tls` section of a listener."""
        return {
            "certificates": [{"certificate": str(one.certificate), "key": str(one.key)} for one in self.servers],
            "client_ca": str(self.layout.station_ca.certificate),
            "crl": str(self.layout.crl),
            **more,
        }

    def listener(self, profiles=(2, 3), *, tls=None, **more):
        return {
            "name": "secure",
            "bind": "127.0.0.1:0",
            "security_profiles": list(profiles),
            "tls": tls or self.tls(),
            **more,
        }

    def client(self, station=None, *, root=None):
        """A station's TLS context, with the certificate that was issued to `station`."""
        context = ssl.create_default_context(cafile=root or self.layout.root_ca.certificate)
        if station is not None:
            pair = self.layout.station(station)
            context.load_cert_chain(pair.certificate, pair.key)
        return context
