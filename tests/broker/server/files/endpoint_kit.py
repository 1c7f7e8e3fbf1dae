"""A file endpoint on real sockets with records in memory, a clock in the test's hands, and a client."""

import asyncio
import os
from contextlib import asynccontextmanager

import aiohttp

from broker.config import Config
from broker.config.files import Files
from broker.metrics import Metrics
from broker.records import Records
from broker.server.files import FileServer
from broker.store import Store

START = 1_700_000_000.0
WAIT = 10.0
KIB = 1024


class Endpoint:
    """A file endpoint, and what it told."""

    def __init__(self, folder, store, http):
        self.folder = folder
        self.store = store
        self.records = Records(store)
        self.http = http
        self.now = START
        self.done = []
        self.writers = []
        self.metrics = Metrics()
        self.files = FileServer(self.records, self.metrics, clock=lambda: self.now)

    def settings(self, **more):
        values = {"bind": "127.0.0.1:0", "firmware": self.folder / "firmware", "uploads": self.folder / "uploads"}
        return Files(**{**values, **more})

    def config(self, limits=None, **more):
        return Config(files=self.settings(**more), limits=limits or {})

    async def reload(self, config):
        self.files.commit(await self.files.prepare(config))

    def offer(self, name="v2.bin", identity="CP001", **more):
        return self.files.offer(name, identity=identity, on_done=self.done.append, **more)

    def expect(self, purpose="diagnostics", identity="CP001", **more):
        return self.files.expect(identity=identity, purpose=purpose, on_done=self.done.append, **more)

    async def fetch(self, url, **headers):
        """Status and body of a GET."""
        async with self.http.get(url, headers=headers) as answer:
            return answer.status, await answer.read()

    async def bring(self, url, data, method="PUT", **more):
        """Status of an upload."""
        async with self.http.request(method, url, data=data, **more) as answer:
            await answer.read()
            return answer.status

    def stored(self):
        """What lies in the folder of the uploads, by name."""
        folder = self.folder / "uploads"
        return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}

    def ended(self, outcome, purpose="diagnostics"):
        """How many transfers ended so."""
        return self.sample("transfers_total", purpose=purpose, outcome=outcome)

    def sample(self, name, **labels):
        return self.metrics.registry.get_sample_value(f"switchboard_file_{name}", labels) or 0.0

    async def documents(self):
        return {key: value for _, key, value in await self.records.documents.all("files")}

    async def connect(self, **more):
        """A bare connection; killed at the end, if it is still there."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.files.port, **more)
        self.writers.append(writer)
        return reader, writer


@asynccontextmanager
async def endpoint(folder, *, store=None, limits=None, client_tls=None, **settings):
    """A running one; with `store`, one after another on the same records."""
    own = store is None
    if own:
        store = Store("sqlite://")
        await store.open()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=client_tls or True)) as http:
        one = Endpoint(folder, store, http)
        try:
            await one.files.start(one.config(limits, **settings))
            yield one
        finally:
            for writer in one.writers:
                await hang_up(writer)
            await one.files.close()
            if own:
                await store.close()


async def until(condition):
    async with asyncio.timeout(WAIT):
        while not condition():
            await asyncio.sleep(0.005)


def target(url):
    """The path of a URL, as a request line has it."""
    return "/" + url.split("/", 3)[3]


async def hang_up(writer):
    writer.transport.abort()
    try:
        await writer.wait_closed()
    except OSError:
        return
