"""Starts, commands, reads and ends the benchmark's processes."""

import json
import os
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
_READY = 60.0  # seconds to start
_ENDED = 20.0  # seconds to stop


class BenchmarkError(RuntimeError):
    """A process of the benchmark did not do what it should; the message says which and what it wrote last."""


@dataclass
class Process:
    """A child with its log in a file. Ended by leaving the `with` block."""

    name: str
    child: "subprocess.Popen[str]"
    log: Path

    @classmethod
    def start(cls, name: str, command: list[str], folder: Path) -> Self:
        log = folder / f"{name}.log"
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with log.open("w") as errors:
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                cwd=folder,
                env=environment,
            )
        return cls(name, child, log)

    @classmethod
    def module(cls, name: str, module: str, *arguments: str, folder: Path) -> Self:
        """One of this package's own processes."""
        return cls.start(name, [sys.executable, "-m", f"benchmarks.{module}", *arguments], folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.terminate()
        try:
            self.child.communicate(timeout=_ENDED)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.communicate()

    def answer(self, timeout: float = _READY) -> dict[str, Any]:
        """The next line it says (shape: what that process documents)."""
        assert self.child.stdout is not None
        ready, _, _ = select.select([self.child.stdout], [], [], timeout)
        line = self.child.stdout.readline() if ready else ""
        said: dict[str, Any] = json.loads(line) if line.startswith("{") else {"error": line or "no answer"}
        if "error" in said:
            raise BenchmarkError(f"{self.name}: {said['error']}\n{self.last_words()}")
        return said

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One command to a load process, and its result."""
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        return self.answer(timeout=300.0)

    def wait_for_port(self, port: int) -> None:
        """Until somebody listens there."""
        until = time.monotonic() + _READY
        while self.child.poll() is None and time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise BenchmarkError(f"{self.name} did not start listening\n{self.last_words()}")

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def cpu(self) -> float:
        """Seconds of CPU of all its threads, by the kernel's clock of that process (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.child.pid << 3) | 2)

    def resident(self) -> float:
        """KiB of resident memory."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return float(line.split()[1])
        raise BenchmarkError(f"{self.name} has no resident memory: it has ended\n{self.last_words()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
