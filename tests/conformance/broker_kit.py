"""The broker of a lab: its own CSMS is under test; a PKI, a folder of firmware and a database of its own."""

import shutil
from contextlib import AsyncExitStack
from importlib.metadata import entry_points
from typing import Any

from aiohttp import ClientSession
from e2e_kit import TOKEN, Pki, document, listener, running

import certs

FQDN = "csms.example.org"
FIRMWARE_FILE, FIRMWARE_IMAGE = "station-2.0.0.bin", b"firmware " * 1000
FAULTS = ("bad_frames", "unmatched_replies", "schema_violations", "limit_hits")


def make_pki(folder):
    """A PKI with server certificates for an FQDN."""
    pki = Pki(folder, organization="Depot")
    certs.issue_server(pki.folder, [FQDN, "localhost", "127.0.0.1"])
    return pki


def copied(pki, folder):
    """A PKI of this lab's own: the CA in it will sign."""
    copy = object.__new__(Pki)
    copy.folder = shutil.copytree(pki.folder, folder / "pki")
    copy.layout = certs.Layout(copy.folder)
    copy.servers = [
        certs.Issued(copy.folder / one.certificate.name, copy.folder / one.key.name, one.leaf) for one in pki.servers
    ]
    return copy


def profiles():
    """The plugins that a broker has where its configuration names none."""
    found = entry_points(group="switchboard.plugins")
    return sorted(one.name for one in found if one.value.startswith("plugins.ocpp"))


class LabBroker:
    """One broker on real sockets, and the operator's client to it."""

    def __init__(self, folder, pki, *, tokens, known=(), options=None, **more):
        """`known`: stations of the file. `options`: of plugins, by name. `more`: sections of the configuration."""
        self.folder, self.known = folder, list(known)
        self.pki = copied(pki, folder)
        self._tokens, self._more = tokens, more
        if options:
            self._more["plugins"] = [{one: options.get(one, {})} for one in profiles()]
        (folder / "firmware").mkdir()
        (folder / "firmware" / FIRMWARE_FILE).write_bytes(FIRMWARE_IMAGE)
        self.running: Any = None
        self.client: Any = None
        self._life = AsyncExitStack()

    def settings(self):
        """One door for ws and one for wss."""
        secure = {**listener(2, self.pki, name="secure"), "security_profiles": [2, 3]}
        files = {"bind": "127.0.0.1:0", "firmware": str(self.folder / "firmware"), "uploads": str(self.uploads)}
        return document(
            listener(1, name="plain"), secure,
            stations={"unknown": "reject", "known": self.known},
            tokens=self._tokens,
            files=files,
            authority={"directory": str(self.pki.folder)},
            store={"url": f"sqlite:///{self.folder / 'switchboard.db'}"},
            **self._more,
        )  # fmt: skip

    @property
    def uploads(self):
        """Where the broker keeps what stations bring."""
        return self.folder / "uploads"

    async def start(self):
        self.running = await self._life.enter_async_context(running(self.folder, self.settings()))
        client = ClientSession(headers={"Authorization": f"Bearer {TOKEN}"})
        self.client = await self._life.enter_async_context(client)

    async def stop(self):
        await self._life.aclose()

    def complaints(self):
        """What it has counted against stations, and of its plugins' failures, since it began."""
        families = {family.name.removeprefix("switchboard_"): family for family in self.running.metrics.collect()}
        counted = {
            (name, *sample.labels.values()): sample.value
            for name in FAULTS
            for sample in families[name].samples
            if sample.value and not sample.name.endswith("_created")
        }
        plugins = {name: one.errors + one.timeouts for name, one in self.running.plugins.stats.items()}
        return {**counted, **{name: times for name, times in plugins.items() if times}}
