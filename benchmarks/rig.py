"""Puts one subject, its load and the upstream together, and measures a run."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.load import Target
from benchmarks.processes import BenchmarkError, Process, free_port
from benchmarks.subjects import PASSWORD, Pki, Subject, bare_arguments, broker_config

STATION_CERTIFICATES = 100


@dataclass(frozen=True)
class Bench:
    """One subject that is up, with a load process of its own."""

    subject: Subject
    relay: Process
    load: Process
    target: Target

    def open(self, count: int) -> None:
        self.load.ask("open", target=asdict(self.target), count=count)

    def round_trips(self, seconds: float) -> tuple[float, dict[str, Any]]:
        """Microseconds of the relay's CPU a round trip, and the load's own figures (load.Summary)."""
        before = self.relay.cpu()
        result = self.load.ask("run", seconds=seconds)
        spent = self.relay.cpu() - before
        if result["bad"]:
            raise BenchmarkError(f"{self.subject.name}: {result['bad']} answers were no CALLRESULT of their CALL")
        return spent / result["round_trips"] * 1e6, result

    def connections(self, seconds: float, workers: int, identities: int) -> tuple[float, float]:
        """Milliseconds of the relay's CPU a connection (both legs, one round trip, close), and connections a second."""
        before = self.relay.cpu()
        result = self.load.ask(
            "churn", target=asdict(self.target), seconds=seconds, workers=workers, identities=identities
        )
        spent = self.relay.cpu() - before
        return spent / result["connections"] * 1e3, result["connections"] / result["seconds"]


@dataclass(frozen=True)
class Rig:
    """A folder for logs, configurations and certificates, and one upstream for all subjects."""

    folder: Path
    upstream: int

    @classmethod
    @contextmanager
    def up(cls, folder: Path) -> Iterator["Rig"]:
        with Process.module("upstream", "upstream", folder=folder) as upstream:
            yield cls(folder, upstream.answer()["port"])

    @contextmanager
    def bench(self, subject: Subject) -> Iterator[Bench]:
        """`subject` and a load, started; both end with the block."""
        with ExitStack() as stack:
            relay, port = self._start(subject, stack)
            load = stack.enter_context(Process.module(f"load of {relay.name}", "load", folder=self.folder))
            load.answer()
            yield Bench(subject, relay, load, self._target(subject, port))

    def _start(self, subject: Subject, stack: ExitStack) -> tuple[Process, int]:
        pki = self.pki if subject.security != "ws" else Pki(self.folder)
        name = f"{subject.name}, {subject.security}"
        if subject.kind == "bare":
            arguments = bare_arguments(subject, self.upstream, pki)
            relay = stack.enter_context(Process.module(name, "bare", *arguments, folder=self.folder))
            return relay, relay.answer()["port"]
        port = free_port()
        config = self.folder / f"{name}.yaml"
        config.write_text(broker_config(subject, port, free_port(), self.upstream, pki))
        command = [str(Path(sys.executable).parent / "switchboard"), "serve", "-c", str(config)]
        relay = stack.enter_context(Process.start(name, command, self.folder))
        relay.wait_for_port(port)
        return relay, port

    def _target(self, subject: Subject, port: int) -> Target:
        if subject.security == "ws":
            return Target(port, subject.action)
        ca = str(self.pki.root)
        if subject.security == "wss":
            return Target(port, subject.action, password=PASSWORD, ca=ca)
        return Target(port, subject.action, ca=ca, certificates=str(self.pki.stations))

    @cached_property
    def pki(self) -> Pki:
        """Made when the first TLS subject needs it."""
        from benchmarks.pki import make

        return make(self.folder / "pki", STATION_CERTIFICATES)
