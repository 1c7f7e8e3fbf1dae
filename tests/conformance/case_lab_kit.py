"""What a case has in the lab, whatever the version: a station's place at a broker, its operator, the files it moves."""

import base64
import ssl
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from shutil import copy

from aiohttp import ClientSession
from broker_kit import FQDN
from e2e_kit import Refused, until
from frame_rules_kit import FrameRules
from process_kit import run
from websockets import InvalidMessage, InvalidStatus
from websockets.asyncio.client import connect

import certs


def authorization(password, user):
    """The header of Basic authentication; a password of bytes is sent as they are."""
    secret = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()


class CaseLab:
    """One station at a broker; `transport` is the security profile that the case runs on."""

    connected = None
    """Makes a connection of the station: an asynchronous context of the version's kit."""

    def __init__(self, host, folder, identity, key, transport, version):
        self.host, self.folder = host, folder
        self.identity, self.key, self.transport, self.version = identity, key, transport, version
        self.rules = FrameRules(version)
        self._before = {}

    # --- the broker -------------------------------------------------------------------------------------------------

    @property
    def broker(self):
        return self.host.running

    @property
    def records(self):
        """The broker's book."""
        return self.broker.records

    @property
    def session(self):
        """What the broker has of the station's connection; None without one."""
        return self.broker.sessions.get(self.identity)

    @property
    def pki(self):
        return self.host.pki

    async def restart(self):
        """The broker ends and comes back with what is on its disk; for a case that has a broker alone."""
        await self.host.stop()
        await self.host.start()
        self._before = {}

    # --- the station ------------------------------------------------------------------------------------------------

    def url(self, transport):
        scheme, door = ("ws", "plain") if transport == 1 else ("wss", "secure")
        return f"{scheme}://127.0.0.1:{self.broker.ports[door]}/ocpp/{self.identity}"

    @cached_property
    def own_pair(self):
        """Certificate and key in the station: the authority may do with its folder what it likes."""
        pair = certs.issue_station(self.pki.folder, self.identity)
        return tuple(Path(copy(one, self.folder / f"own{one.suffix}")) for one in (pair.certificate, pair.key))

    def terms(self, transport, *, password=None, user=None, pair=None):
        """What the station brings to the door: its password, or its certificate (or that of `pair`)."""
        options = {}
        if transport in (1, 2):
            login = (self.key if password is None else password, self.identity if user is None else user)
            options["additional_headers"] = {"Authorization": authorization(*login)}
        if transport in (2, 3):
            options["ssl"] = self.pki.client()
            options["server_hostname"] = FQDN
        if transport == 3:
            options["ssl"].load_cert_chain(*(pair or self.own_pair))
        return options

    async def knocks(self, transport=None, *, subprotocols=None, **terms):
        """The door's HTTP response to a handshake; None where TLS did not come about."""
        transport = transport or self.transport
        offered = subprotocols or [self.version]
        options = self.terms(transport, **terms)
        try:
            async with connect(
                self.url(transport), subprotocols=offered, compression=None, ping_interval=None, **options
            ) as ws:
                response = ws.response
        except InvalidStatus as refused:
            return refused.response
        except (ssl.SSLError, ConnectionError, InvalidMessage):
            return None
        await until(lambda: self.session is None)
        return response

    @asynccontextmanager
    async def station(self, *, transport=None, **terms):
        """The station, connected; at the end everything that was said, and its state in the broker, is judged."""
        transport = transport or self.transport
        options = self.terms(transport, **terms)
        async with self.connected(self.url(transport), options) as station:
            try:
                yield station
                if not station.lost:
                    await self._at_rest(station)
            except Exception as error:
                for fault in self.rules.faults:
                    error.add_note(f"on the wire: {fault}")
                raise
        await until(lambda: self.session is None)

    async def _at_rest(self, station):
        """Nothing unexpected was said, nothing that was expected is missing, nothing is left hanging."""
        assert set(await station.says("Heartbeat")) == {"currentTime"}  # whatever was sent before it has come by now
        assert station.missing == []
        await until(lambda: not self.rules.open)
        assert self.rules.faults == []
        exchange = self.session.station.exchange
        assert (exchange.open, exchange.waiting, exchange.inbound) == (None, 0, 0)
        assert self.complaints() == {}

    def complaints(self):
        """What the broker had to complain of in this case: frames of its station, failures of its plugins."""
        return {name: times for name, times in self.host.complaints().items() if self._before.get(name) != times}

    # --- the operator -----------------------------------------------------------------------------------------------

    async def do(self, operation, /, **params):
        """What a profile composes by itself; its result."""
        return await self._post(f"operations/{operation}", params)

    async def call(self, action, payload):
        """Any call, as the operator wrote it; the station's result."""
        return await self._post("calls", {"action": action, "payload": payload})

    async def _post(self, path, body):
        url = f"{self.broker.admin_url}/api/v1/stations/{self.identity}/{path}"
        async with self.host.client.post(url, json=body) as answer:
            told = await answer.json(content_type=None)
            if answer.status == 502:
                raise Refused(told["error"]["code"])
            assert answer.status == 200, told
            return told["result"]

    async def get(self, path):
        """What the admin listener has at `path`."""
        async with self.host.client.get(f"{self.broker.admin_url}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def cli(self, *arguments):
        """A command of `switchboard`, as a process; what it printed."""
        done = await run(*arguments, cwd=self.host.folder, SWITCHBOARD_ADMIN=self.broker.admin_url)
        assert done.returncode == 0, done.stderr
        return done.stdout

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
        return [path.read_bytes() for path in self.host.uploads.rglob("*") if path.is_file()]
