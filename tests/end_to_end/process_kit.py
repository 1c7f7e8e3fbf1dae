"""`switchboard serve` as a process of its own, and the other commands against it."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from e2e_kit import TOKEN

SWITCHBOARD = str(Path(sys.executable).with_name("switchboard"))
START_SECONDS = 40


class Served:
    """A broker process that has said that it serves; everything that it says is kept in `log`."""

    def __init__(self, folder, settings):
        self.config = folder / "switchboard.yaml"
        self.folder = folder
        self.write(settings)
        self._output = folder / "output"
        self.start()

    def write(self, settings):
        """Replace the configuration; a text is written as it is."""
        self.config.write_text(settings if isinstance(settings, str) else json.dumps(settings))

    def start(self):
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [SWITCHBOARD, "serve", "-c", str(self.config)], cwd=self.folder, env=environment(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while "reads the configuration again" not in self.log:
            assert self.process.poll() is None, self.log
            if time.monotonic() >= deadline:
                raise AssertionError(f"not serving after {START_SECONDS} s: {self.log}")
            time.sleep(0.02)
        self.admin = re.search(r"admin +(http://\S+)", self.log)[1]

    @property
    def log(self):
        return self._output.read_text(errors="replace")

    def url(self, identity, name="door"):
        base = re.search(rf"stations +(wss?://\S+)/{{identity}} +\({name},", self.log)[1]
        return f"{base}/{identity}"

    def send(self, number):
        self.process.send_signal(number)

    async def said(self, text, *, times=1):
        """Wait until the log holds `text`."""
        async with asyncio.timeout(START_SECONDS):
            while self.log.count(text) < times:
                await asyncio.sleep(0.02)

    async def exit_code(self, seconds=15):
        """The exit code, which has to come within `seconds`."""
        return await asyncio.to_thread(self.process.wait, seconds)

    async def cli(self, *arguments, **variables):
        """Run a command against this broker."""
        return await run(*arguments, cwd=self.folder, SWITCHBOARD_ADMIN=self.admin, **variables)

    def kill(self):
        """End it without a word."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def environment(**variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    return kept | {"COLUMNS": "200", "SWITCHBOARD_TOKEN": TOKEN} | variables


async def run(*arguments, cwd, **variables):
    """Run `switchboard` to its end: exit code and what it wrote."""
    return await asyncio.to_thread(
        subprocess.run, [SWITCHBOARD, *arguments], cwd=cwd, env=environment(**variables),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START_SECONDS, check=False,
    )  # fmt: skip


_KEEPERS = []


def free_port():
    """A port for a broker that has to come back on the same one; until the tests end nobody else is given it."""
    keeper = socket.socket()
    _KEEPERS.append(keeper)  # bound and never listening: a server may bind to it too
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    return keeper.getsockname()[1]


def release_ports():
    while _KEEPERS:
        _KEEPERS.pop().close()
