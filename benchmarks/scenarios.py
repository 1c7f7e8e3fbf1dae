"""What is measured about the subjects: round trips, memory, connections."""

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Row, row
from benchmarks.rig import STATION_CERTIFICATES, Bench, Rig
from benchmarks.subjects import BARE, BARE_ASYNCIO, BROKER, LOCALS, RELAYED, RELAYS, STATIONS_KNOWN, Subject

_WORKERS = 20  # connections at a time in `connections`
_WARM = 100  # stations that come and stay before memory is counted
_SETTLE = 1.0  # seconds


@dataclass(frozen=True)
class Plan:
    """How long and how much."""

    rounds: int = 7
    starts: int = 3  # of fresh processes, for memory
    seconds: float = 2.0
    stations: tuple[int, ...] = (100,)
    idle: int = 1_000
    bare_only: bool = False

    @classmethod
    def quick(cls, *, bare_only: bool) -> "Plan":
        return cls(rounds=3, starts=1, seconds=1.0, idle=200, bare_only=bare_only)

    @classmethod
    def full(cls, *, bare_only: bool) -> "Plan":
        return cls(rounds=9, seconds=3.0, stations=(100, 1_000), bare_only=bare_only)


def relay(rig: Rig, plan: Plan) -> Iterable[Row]:
    """CPU a round trip, all subjects in turn within each round (A B C A B C): drift hits them alike."""
    subjects = (BARE, BARE_ASYNCIO) if plan.bare_only else (BARE, *RELAYS)
    for stations in plan.stations:
        with ExitStack() as stack:
            benches = [stack.enter_context(rig.bench(subject)) for subject in subjects]
            for bench in benches:
                bench.open(stations)
                bench.round_trips(plan.seconds / 2)
            yield from _relay_rows(benches, plan, f"relay, {stations} stations")


def local(rig: Rig, plan: Plan) -> Iterable[Row]:
    """CPU a round trip of the local CSMS beside one that the broker relays, with 1,000 stations connected."""
    if plan.bare_only:
        return
    with ExitStack() as stack:
        benches = [stack.enter_context(rig.bench(subject)) for subject in (RELAYED, *LOCALS)]
        for bench in benches:
            bench.open(plan.idle)
            bench.round_trips(plan.seconds / 2)
        yield from _relay_rows(benches, plan, f"local CSMS, {plan.idle} stations, x relayed")


def _relay_rows(benches: Sequence[Bench], plan: Plan, scenario: str) -> Iterable[Row]:
    cpu: list[list[float]] = [[] for _ in benches]
    trips: list[list[dict[str, float]]] = [[] for _ in benches]
    for _ in range(plan.rounds):
        for index, bench in enumerate(benches):
            spent, result = bench.round_trips(plan.seconds)
            cpu[index].append(spent)
            trips[index].append(result)
    for bench, values, results in zip(benches, cpu, trips, strict=True):
        p50, p99 = (median(result[key] for result in results) for key in ("p50", "p99"))
        rate = median(result["round_trips"] / result["seconds"] for result in results)
        notes = f"{rate:,.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        yield row(
            scenario,
            bench.subject.name,
            "us CPU a round trip",
            values,
            bare=cpu[0],
            target=bench.subject.target,
            notes=notes,
        )


def memory(rig: Rig, plan: Plan) -> Iterable[Row]:
    """Resident KiB that one idle session more costs the relay, both legs."""
    for security in ("ws", "wss"):
        subjects = _pair(security, plan, target=1.4)
        kib: list[list[float]] = [[] for _ in subjects]
        for _ in range(plan.starts):
            for index, subject in enumerate(subjects):
                kib[index].append(_idle_kib(rig, subject, plan.idle))
        for subject, values in zip(subjects, kib, strict=True):
            scenario = f"memory, {plan.idle} idle, {security}"
            yield row(scenario, subject.name, "KiB a session", values, bare=kib[0], target=subject.target)


def _pair(security: str, plan: Plan, target: float | None = None) -> list[Subject]:
    """The yardstick and the broker on this kind of listener."""
    bare = BARE.over(security)
    return [bare] if plan.bare_only else [bare, BROKER.over(security, target)]


def _idle_kib(rig: Rig, subject: Subject, count: int) -> float:
    with rig.bench(subject) as bench:
        bench.open(_WARM)
        time.sleep(_SETTLE)
        before = bench.relay.resident()
        bench.open(count)
        time.sleep(_SETTLE)
        return (bench.relay.resident() - before) / count


def connections(rig: Rig, plan: Plan) -> Iterable[Row]:
    """CPU a connection: handshakes of both legs, one round trip, close."""
    for security in ("ws", "wss", "mtls"):
        with ExitStack() as stack:
            benches = [stack.enter_context(rig.bench(subject)) for subject in _pair(security, plan)]
            yield from _connection_rows(benches, plan, f"connections, {security}")


def _connection_rows(benches: Sequence[Bench], plan: Plan, scenario: str) -> Iterable[Row]:
    cpu: list[list[float]] = [[] for _ in benches]
    rates: list[list[float]] = [[] for _ in benches]
    identities = STATION_CERTIFICATES if benches[0].subject.security == "mtls" else STATIONS_KNOWN
    for number in range(plan.rounds + 1):
        for index, bench in enumerate(benches):
            spent, rate = bench.connections(plan.seconds / 2, _WORKERS, identities)
            if number:  # the first round warms up
                cpu[index].append(spent)
                rates[index].append(rate)
    for bench, values, seen in zip(benches, cpu, rates, strict=True):
        notes = f"{median(seen):,.0f} a second"
        yield row(scenario, bench.subject.name, "ms CPU a connection", values, bare=cpu[0], notes=notes)


SCENARIOS = {"relay": relay, "local": local, "memory": memory, "connections": connections}
