"""The lab of a case: a broker whose own CSMS is under test, the station's connections to it, and its operator."""

import base64
import shutil
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiohttp import ClientSession
from e2e_kit import TOKEN, Pki, Refused, document, listener, running, until
from frame_rules_kit import FrameRules
from process_kit import run
from scripted_station_kit import connected
from websockets import InvalidMessage, InvalidStatus
from websockets.asyncio.client import connect

import certs

IDENTITY = "OCTT"
KEY = "4F43415F4F4354545F61646D696E5F74657374"  # hex, as the test tool of the certificates configures it
FQDN = "csms.example.org"
CONNECTORS = 2

VALID, VALID_2, PARENT = "TAG-VALID", "TAG-VALID-2", "GROUP-1"
BLOCKED, EXPIRED, UNKNOWN = "TAG-BLOCKED", "TAG-EXPIRED", "TAG-OF-NOBODY"
TOKENS = {
    VALID: {"status": "Accepted", "parent": PARENT},
    VALID_2: {"status": "Accepted", "parent": PARENT},
    BLOCKED: {"status": "Blocked"},
    EXPIRED: {"status": "Accepted", "expires": "2020-01-01T00:00:00Z"},
}
FIRMWARE_FILE, FIRMWARE_IMAGE = "station-2.0.0.bin", b"firmware " * 1000
FAULTS = ("bad_frames", "unmatched_replies", "schema_violations", "limit_hits")


def authorization(password, identity=IDENTITY):
    """The header of Basic authentication; a password of bytes is sent as they are."""
    secret = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(identity.encode() + b":" + secret).decode()


def make_pki(folder):
    """A PKI with server certificates for an FQDN, and a certificate of the station."""
    pki = Pki(folder, organization="Depot")
    certs.issue_server(pki.folder, [FQDN, "localhost", "127.0.0.1"])
    certs.issue_station(pki.folder, IDENTITY)
    return pki


def copied(pki, folder):
    """A PKI of this test's own: the CA in it will sign."""
    copy = object.__new__(Pki)
    copy.folder = shutil.copytree(pki.folder, folder / "pki")
    copy.layout = certs.Layout(copy.folder)
    copy.servers = [
        certs.Issued(copy.folder / one.certificate.name, copy.folder / one.key.name, one.leaf) for one in pki.servers
    ]
    return copy


class Lab:
    """What a case has; `transport` is the security profile that it runs on."""

    def __init__(self, folder, pki, transport):
        self.folder, self.transport = folder, transport
        self.registered = {"identity": IDENTITY, "password": KEY, "security_profile": transport}
        self.pki = copied(pki, folder)
        self.own_pair = self._carried_off()
        self.rules = FrameRules()
        self.firmware = folder / "firmware"
        self.firmware.mkdir()
        (self.firmware / FIRMWARE_FILE).write_bytes(FIRMWARE_IMAGE)
        self.broker: Any = None
        self._life = AsyncExitStack()

    def _carried_off(self):
        """Certificate and key are in the station: the authority may do with its folder what it likes."""
        pair = self.pki.layout.station(IDENTITY)
        return tuple(shutil.copy(one, self.folder / f"own{one.suffix}") for one in (pair.certificate, pair.key))

    def settings(self):
        """One door for ws and one for wss; the station is registered for the case's transport alone."""
        secure = {**listener(2, self.pki, name="secure"), "security_profiles": [2, 3]}
        return document(
            listener(1, name="plain"), secure,
            stations={"unknown": "reject", "known": [self.registered]},
            tokens=TOKENS,
            files={"bind": "127.0.0.1:0", "firmware": str(self.firmware), "uploads": str(self.folder / "uploads")},
            authority={"directory": str(self.pki.folder)},
            store={"url": f"sqlite:///{self.folder / 'switchboard.db'}"},
        )  # fmt: skip

    # --- the broker -------------------------------------------------------------------------------------------------

    async def start(self):
        self.broker = await self._life.enter_async_context(running(self.folder, self.settings()))
        self._client = await self._life.enter_async_context(ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}))

    async def stop(self):
        await self._life.aclose()

    async def restart(self):
        """The broker ends and comes back with what is on its disk."""
        await self.stop()
        await self.start()

    @property
    def records(self):
        """The broker's book."""
        return self.broker.records

    # --- the station ------------------------------------------------------------------------------------------------

    def url(self, transport, identity=IDENTITY):
        scheme, door = ("ws", "plain") if transport == 1 else ("wss", "secure")
        return f"{scheme}://127.0.0.1:{self.broker.ports[door]}/ocpp/{identity}"

    def terms(self, transport, *, password=KEY, pair=None):
        """What the station brings to the door: its password, or its certificate (or that of `pair`)."""
        options = {}
        if transport in (1, 2):
            options["additional_headers"] = {"Authorization": authorization(password)}
        if transport in (2, 3):
            options["ssl"] = self.pki.client()
            options["server_hostname"] = FQDN
        if transport == 3:
            options["ssl"].load_cert_chain(*(pair or self.own_pair))
        return options

    async def knocks(self, transport=None, *, subprotocols=("ocpp1.6",), **terms):
        """The door's HTTP response to a handshake; None where TLS did not come about."""
        transport = transport or self.transport
        options = self.terms(transport, **terms)
        try:
            async with connect(
                self.url(transport), subprotocols=list(subprotocols), compression=None, ping_interval=None, **options
            ) as ws:
                response = ws.response
        except InvalidStatus as refused:
            return refused.response
        except (ssl.SSLError, ConnectionError, InvalidMessage):
            return None
        await until(lambda: self.broker.sessions.get(IDENTITY) is None)
        return response

    @asynccontextmanager
    async def station(self, *, transport=None, **terms):
        """The station, connected; at the end everything that was said, and its state in the broker, is judged."""
        transport = transport or self.transport
        options = self.terms(transport, **terms)
        async with connected(self.url(transport), IDENTITY, self.rules, **options) as station:
            try:
                yield station
                if not station.lost:
                    await self._at_rest(station)
            except Exception as error:
                for fault in self.rules.faults:
                    error.add_note(f"on the wire: {fault}")
                raise
        await until(lambda: self.broker.sessions.get(IDENTITY) is None)

    async def _at_rest(self, station):
        """Nothing unexpected was said, nothing that was expected is missing, nothing is left hanging."""
        assert set(await station.says("Heartbeat")) == {"currentTime"}  # whatever was sent before it has come by now
        assert station.missing == []
        await until(lambda: not self.rules.open)
        assert self.rules.faults == []
        exchange = self.broker.sessions.get(IDENTITY).station.exchange
        assert (exchange.open, exchange.waiting, exchange.inbound) == (None, 0, 0)
        assert [name for name, one in self.broker.plugins.stats.items() if one.errors or one.timeouts] == []
        assert self._counted(*FAULTS) == {}

    def _counted(self, *names):
        families = {family.name.removeprefix("switchboard_"): family for family in self.broker.metrics.collect()}
        return {name: told for name in names if (told := [one.value for one in families[name].samples if one.value])}

    # --- the operator -----------------------------------------------------------------------------------------------

    async def do(self, operation, /, **params):
        """What a profile composes by itself; its result."""
        return await self._post(f"operations/{operation}", params)

    async def call(self, action, payload):
        """Any call, as the operator wrote it; the station's result."""
        return await self._post("calls", {"action": action, "payload": payload})

    async def _post(self, path, body):
        url = f"{self.broker.admin_url}/api/v1/stations/{IDENTITY}/{path}"
        async with self._client.post(url, json=body) as answer:
            told = await answer.json(content_type=None)
            if answer.status == 502:
                raise Refused(told["error"]["code"])
            assert answer.status == 200, told
            return told["result"]

    async def get(self, path):
        """What the admin listener has at `path`."""
        async with self._client.get(f"{self.broker.admin_url}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    # --- the files of stations ----------------------------------------------------------------------------------------

    async def fetches(self, url):
        """A download, as the station makes it: without the operator's token."""
        async with ClientSession() as client, client.get(url) as answer:
            assert answer.status == 200
            return await answer.read()

    async def brings(self, url, content):
        """An upload, as the station makes it; the endpoint keeps it."""
        async with ClientSession() as client, client.put(url, data=content) as answer:
            assert answer.status < 300, await answer.text()
        assert content in self.uploads()

    def uploads(self):
        """What stations have brought, and the broker keeps."""
        return [path.read_bytes() for path in (self.folder / "uploads").rglob("*") if path.is_file()]

    async def cli(self, *arguments):
        """A command of `switchboard`, as a process; what it printed."""
        done = await run(*arguments, cwd=self.folder, SWITCHBOARD_ADMIN=self.broker.admin_url)
        assert done.returncode == 0, done.stderr
        return done.stdout
