"""A whole broker on real sockets, and the two ends of the `ocpp` package, which are not ours, with transcripts."""

import asyncio
import base64
import json
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import websockets
from aiohttp import ClientSession
from ocpp.charge_point import camel_to_snake_case, remove_nones, serialize_as_dict, snake_to_camel_case
from ocpp.exceptions import OCPPError
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from yarl import URL

import certs
from broker.app import Broker
from broker.config import load

WAIT = 10.0
IDENTITY = "DE*Depot/01"  # percent-encoded on every wire, decoded everywhere else
PASSWORD = "station-password-16"
UPSTREAM_PASSWORD = "upstream-password-1"
TOKEN = "an-admin-token-of-the-tests"
KNOWN = {"identity": IDENTITY, "password": PASSWORD}
PROFILES = (0, 1, 2, 3)


class Pki:
    """A folder of `certs` with server certificates for 127.0.0.1."""

    def __init__(self, folder, *, organization):
        self.folder = folder / "pki"
        self.layout = certs.init(self.folder, organization=organization)
        self.serve()

    def serve(self):
        """Issue the server certificates, anew if there are some."""
        self.servers = certs.issue_server(self.folder, ["localhost", "127.0.0.1"])

    def listener_tls(self):
        """The `tls` section of a listener."""
        return {
            "certificates": [{"certificate": str(one.certificate), "key": str(one.key)} for one in self.servers],
            "client_ca": str(self.layout.station_ca.certificate),
            "crl": str(self.layout.crl),
        }

    def client(self, identity=None):
        """The context of a client that trusts the server, with the certificate of `identity`."""
        context = ssl.create_default_context(cafile=self.layout.root_ca.certificate)
        if identity is not None:
            pair = self.layout.station(identity)
            context.load_cert_chain(pair.certificate, pair.key)
        return context

    def server(self):
        """The context of a server that asks its clients for a certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.servers[0].certificate, self.servers[0].key)
        context.load_verify_locations(self.layout.station_ca.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


# --- the broker -------------------------------------------------------------------------------------------------------


def listener(profile, pki=None, *, name="door", **more):
    tls = {"tls": pki.listener_tls()} if profile >= 2 else {}
    return {"name": name, "bind": "127.0.0.1:0", "security_profiles": [profile], **tls, **more}


def document(*listeners, primary="local", stations=None, **more):
    """A configuration: everything on a free port of 127.0.0.1, one admin token."""
    return {
        "listeners": list(listeners) or [listener(0)],
        "stations": stations or {"unknown": "accept"},
        "routes": [{"match": {}, "primary": primary, "grants": "all", "boot_grace": 0}],
        "admin": {"bind": "127.0.0.1:0", "tokens": [{"name": "tests", "role": "admin", "token": TOKEN}]},
        "shutdown": {"timeout": 5, "spread": 0},
        **more,
    }


@asynccontextmanager
async def running(folder, settings):
    """A broker in this process, whose configuration is a file in `folder`."""
    path = folder / "switchboard.yaml"
    path.write_text(json.dumps(settings))
    broker = Broker(load(path), config_path=path)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


def sample(broker, name, **labels):
    return broker.metrics.registry.get_sample_value(f"switchboard_{name}", labels) or 0.0


async def until(condition):
    async with asyncio.timeout(WAIT):
        while not condition():
            await asyncio.sleep(0.005)


def url_of(broker, identity, *, name="door"):
    secure = next(one for one in broker.config.listeners if one.name == name).tls is not None
    return f"{'wss' if secure else 'ws'}://127.0.0.1:{broker.ports[name]}/ocpp/{identity}"


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# --- what passed ------------------------------------------------------------------------------------------------------


@dataclass
class Said:
    """One CALL of a transcript and what became of it; payloads as text, as they stood on the wire."""

    sent: bool
    id: str
    action: str
    payload: str
    replies: list = field(default_factory=list)

    @property
    def told(self):
        """What must be the same on both legs."""
        return self.action, self.payload, self.replies


class Wire:
    """A connection of `websockets` as the `ocpp` package wants it, which keeps every frame."""

    def __init__(self, ws):
        self.ws = ws
        self.frames = []

    async def recv(self):
        text = await self.ws.recv()
        self.frames.append((False, text))
        return text

    async def send(self, text):
        self.frames.append((True, text))
        await self.ws.send(text)

    def said(self, *, sent):
        """The CALLs of one direction in their order, each with its replies; a reply to nothing is an error."""
        calls = {}
        for mine, text in self.frames:
            kind, message_id = json.loads(text)[:2]
            if kind == 2:
                assert (mine, message_id) not in calls, "a message id was used twice"
                calls[mine, message_id] = Said(mine, message_id, json.loads(text)[2], text[text.index("{") : -1])
            elif kind == 3:
                calls[not mine, message_id].replies.append(text[text.index("{") : -1])
            else:
                calls[not mine, message_id].replies.append(json.loads(text)[2:])
        return [said for said in calls.values() if said.sent is sent]


def assert_relayed(station, csms):
    """Both transcripts tell the same story: every call once, in order, payload and one reply unchanged, own ids."""
    for sent in (True, False):
        here, there = station.said(sent=sent), csms.said(sent=not sent)
        assert here
        assert [said.told for said in here] == [said.told for said in there]
        assert [len(said.replies) for said in here] == [1] * len(here)
        assert not {said.id for said in here} & {said.id for said in there}


# --- the two ends of the `ocpp` package -------------------------------------------------------------------------------


@asynccontextmanager
async def plugged_in(make, broker, version, profile, pki=None, *, identity=IDENTITY, encoded="DE%2ADepot%2F01"):
    """The package's charge point, connected to the broker on the terms of `profile`, its reading going on."""
    headers = {"Authorization": basic(identity, PASSWORD)} if profile in (1, 2) else {}
    tls = {"ssl": pki.client(identity if profile == 3 else None)} if profile >= 2 else {}
    async with connect(
        url_of(broker, encoded), subprotocols=[version], additional_headers=headers, compression=None, **tls
    ) as ws:
        assert ws.subprotocol == version
        station = make(identity, Wire(ws))
        reading = asyncio.create_task(read(station))
        try:
            yield station
        finally:
            await ws.close()
            await reading


async def read(end):
    with suppress(websockets.ConnectionClosed):
        await end.start()


class Csms:
    """The package's central system: a server of `websockets` that makes one object of `make` a connection."""

    def __init__(self, make, version, *, tls=None, password=None):
        self.handshakes = []
        self.stations = {}
        self._make, self._version, self._tls, self._password = make, version, tls, password
        self._server = None

    async def __aenter__(self):
        self._server = await serve(
            self._talk, "127.0.0.1", 0, subprotocols=[self._version], ssl=self._tls, process_request=self._look,
            compression=None,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    def upstream(self, **more):
        """The section `upstreams` that leads here."""
        scheme = "wss" if self._tls else "ws"
        return {"main": {"url": f"{scheme}://127.0.0.1:{self.port}/csms/{{identity}}", **more}}

    def _look(self, connection, request):
        tls = connection.transport.get_extra_info("ssl_object")
        self.handshakes.append((request, tls.getpeercert() if tls else None))
        identity = unquote(request.path.rpartition("/")[2])
        if self._password and request.headers.get("Authorization") != basic(identity, self._password):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")
        return None

    async def _talk(self, ws):
        identity = unquote(ws.request.path.rpartition("/")[2])
        end = self.stations[identity] = self._make(identity, Wire(ws))
        await read(end)

    async def station(self, identity=IDENTITY):
        await until(lambda: identity in self.stations)
        return self.stations[identity]


# --- who commands the station -----------------------------------------------------------------------------------------


class Refused(Exception):
    """The station answered a command with a CALLERROR."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class FromCsms:
    """Commands that the package's central system sends; payloads and results as JSON has them."""

    def __init__(self, csms):
        self._csms = csms

    async def __call__(self, action, payload):
        payload_class = getattr(self._csms._call, action)
        try:
            result = await self._csms.call(payload_class(**camel_to_snake_case(payload)), suppress=False)
        except OCPPError as error:
            raise Refused(error.code) from error
        return snake_to_camel_case(remove_nones(serialize_as_dict(result)))


class FromOperator:
    """The same commands through the admin API."""

    def __init__(self, broker, client: ClientSession, identity="DE%2ADepot%2F01"):
        self._client = client
        self._url = URL(f"{broker.admin_url}/api/v1/stations/{identity}/calls", encoded=True)

    async def __call__(self, action, payload) -> dict[str, Any]:
        body = {"action": action, "payload": payload}
        async with self._client.post(self._url, json=body, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            told = await answer.json(content_type=None)
            if answer.status == 502:
                raise Refused(told["error"]["code"])
            assert answer.status == 200, told
            return told["result"]
