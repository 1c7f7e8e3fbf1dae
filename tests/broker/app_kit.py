"""A broker made of a configuration in a folder, with one plugin that tells what happens to it."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

from broker.app import Broker
from broker.config import ConfigError, load
from broker.hooks import PluginError
from broker.server.tls import TlsError

WAIT = 5.0
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "ocpp1.6",
}

PLUGIN = '''
from pathlib import Path

from broker.api import Answer, BasePlugin, hookimpl, on_call


class Counter(BasePlugin):
    """Counts heartbeats in memory and writes down what happens to it."""

    class Config(BasePlugin.Config):
        log: Path
        mark: str = "a"
        refuses: bool = False

    beats = 0

    def note(self, text):
        with self.config.log.open("a") as file:
            file.write(f"{self.config.mark} {text}\\n")

    @hookimpl
    async def broker_starting(self, broker):
        self.note("starting")
        self.metrics.counter("beats", "Heartbeats seen")
        if self.config.refuses:
            raise ValueError("no database")

    @hookimpl
    def broker_stopping(self, broker):
        self.note(f"stopping {len(list(self.sessions.all()))}")

    @hookimpl
    def session_opened(self, session):
        self.note(f"opened {session.identity}")

    @hookimpl
    def session_closed(self, session, reason):
        self.note(f"closed {session.identity} {reason}")

    @on_call("ocpp1.6", "Heartbeat")
    def beat(self, session, call):
        self.beats += 1
        return Answer({"currentTime": f"{self.config.mark}{self.beats}"})
'''


COMMON = {"path": "/ocpp/{identity}", "security_profiles": [0]}
PLAIN = {"name": "plain", "bind": "127.0.0.1:0", **COMMON}


class Site:
    """A configuration in a folder, and the broker that is made of it. `parts` are the sections as YAML text."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log.txt"
        self.path = folder / "switchboard.yaml"
        (folder / "counter.py").write_text(PLUGIN)
        self.log.touch()
        self.parts = {
            "listeners": json.dumps([PLAIN]),
            "stations": "{known: [{identity: CP001}]}",
            "plugin_dirs": "['.']",
            "plugins": self.plugin(),
            "admin": "{bind: '127.0.0.1:0'}",
            "shutdown": "{timeout: 3, spread: 0}",
        }
        self.broker = None

    def plugin(self, **options):
        return json.dumps([{"counter": {"log": str(self.log), **options}}])

    def write(self, **changes):
        for name, text in changes.items():
            self.parts[name] = text
        self.path.write_text("\n".join(f"{name}: {text}" for name, text in self.parts.items()))

    def build(self, **changes):
        self.write(**changes)
        self.broker = Broker(load(self.path), config_path=self.path)
        return self.broker

    @asynccontextmanager
    async def running(self, **changes):
        broker = self.build(**changes)
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()

    def noted(self):
        return self.log.read_text().splitlines()


class Station:
    def __init__(self, ws):
        self.ws = ws
        self._sent = 0

    async def beat(self):
        """The answer to a heartbeat: the plugin's mark and count."""
        self._sent += 1
        await self.ws.send_str(f'[2,"{self._sent}","Heartbeat",{{}}]')
        reply = json.loads(await self.ws.receive_str(timeout=WAIT))
        assert reply[:2] == [3, str(self._sent)], reply
        return reply[2]["currentTime"]


async def connect(http, broker, identity="CP001", listener="plain"):
    url = f"ws://127.0.0.1:{broker.ports[listener]}/ocpp/{identity}"
    return Station(await http.ws_connect(url, protocols=("ocpp1.6",)))


async def until(condition):
    async with asyncio.timeout(WAIT):
        while not condition():
            await asyncio.sleep(0.005)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def status(http, broker, identity):
    async with http.get(f"http://127.0.0.1:{broker.ports['plain']}/ocpp/{identity}", headers=UPGRADE) as answer:
        return answer.status


def listener(port, *, name="more", **more):
    """The first listener, and another one on `port`."""
    return json.dumps([PLAIN, {"name": name, "bind": f"127.0.0.1:{port}", **COMMON, **more}])


def one_more_listener(site, port, **more):
    """Another one after those that there are."""
    added = json.loads(listener(port, name="third", **more))[1]
    site.write(listeners=json.dumps([*json.loads(site.parts["listeners"]), added]))


# --- what can be wrong ------------------------------------------------------------------------------------------------


def refusing_plugin(site, taken):
    site.write(plugins=site.plugin(refuses=True))
    return PluginError


def admin_address_taken(site, taken):
    site.write(admin=f"{{bind: '127.0.0.1:{taken}'}}")
    return OSError


def admin_token_unusable(site, taken):
    (site.folder / "short.token").write_text("short")
    site.write(admin="{bind: '127.0.0.1:0', token_file: short.token}")
    return ConfigError


def listener_address_taken(site, taken):
    one_more_listener(site, taken)
    return OSError


def certificate_missing(site, taken):
    tls = {"certificates": [{"certificate": "gone.pem", "key": "gone.key"}]}
    one_more_listener(site, 0, tls=tls, security_profiles=[2])
    return TlsError


def upstream_ca_missing(site, taken):
    site.write(upstreams="{main: {url: 'wss://127.0.0.1:1/{identity}', tls: {ca: gone.pem}}}")
    return OSError


PARTS = [
    refusing_plugin,
    admin_address_taken,
    admin_token_unusable,
    listener_address_taken,
    certificate_missing,
    upstream_ca_missing,
]


def not_yaml(site, taken):
    site.path.write_text("listeners: [}")


def unknown_key(site, taken):
    site.write(colour="blue")


def bad_plugin_option(site, taken):
    site.write(plugins=site.plugin(mark=7))


def unknown_plugin(site, taken):
    site.write(plugins="[no_such_plugin]")


def file_gone(site, taken):
    site.path.unlink()


FAULTS = [
    *(part for part in PARTS if part is not admin_address_taken),
    not_yaml,
    unknown_key,
    bad_plugin_option,
    unknown_plugin,
    file_gone,
]
