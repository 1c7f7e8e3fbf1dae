"""The processes of the recorder CSMSs: started, killed, stopped, each behind a fault proxy of its own."""

import asyncio
import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
#: First transactionIds. `backup` counts in lockstep with `main`, which hides a wrong mapping from all but the content.
FIRST = {"main": 1, "backup": 1, "second": 500_000_001}
BEHAVIOUR = {
    "main": {"refuses": 0.001, "blocks": 0.01, "commands": ["DataTransfer", "RemoteStopTransaction"]},
    "backup": {"commands": ["DataTransfer", "RemoteStopTransaction"]},
    "second": {"refuses": 0.001},
}


class UpstreamProcess:
    """One CSMS on a port that stays; what it recorded stays too."""

    def __init__(self, name, folder, port, seed):
        self.name, self.port = name, port
        self.journal = folder / f"{name}.jsonl"
        arguments = [name, str(folder), str(port), str(FIRST[name]), str(seed), json.dumps(BEHAVIOUR[name])]
        self._command = [sys.executable, str(HERE / "chaos_csms.py"), *arguments]
        self._process = None

    async def start(self):
        """Until it listens."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        for _ in range(600):
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            if self._process.poll() is not None:
                break
            await asyncio.sleep(0.05)
        raise AssertionError(f"the CSMS {self.name} does not listen")

    async def down(self, outage):
        """Kill or stop it, and bring it back when the time is over."""
        self._process.send_signal(signal.SIGSTOP if outage.stop else signal.SIGKILL)
        await asyncio.sleep(outage.seconds)
        await self.revive()

    async def revive(self):
        """Running again, whatever was done to it; nothing when it runs."""
        self._process.send_signal(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, 0.05)
        if self._process.returncode is not None:
            await self.start()

    def end(self):
        """For good."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        if self._process is not None:
            self._process.wait()
