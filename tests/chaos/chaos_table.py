"""The table that a run ends with."""

from collections import Counter

import chaos_plan as plan
from chaos_checker import RULES, repeats
from chaos_proxy import MODES

SHOWN = 10


def table(outcome):
    """Two columns, then the first violations of each rule."""
    rows = [*_troubles(outcome), *_messages(outcome), *_verdict(outcome)]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {text}" for name, text in rows]
    return "\n".join([*lines, *_details(outcome)])


def _troubles(outcome):
    broker, counts = outcome.rig.broker, outcome.counts
    median, longest = broker.start_times()
    yield "seed", str(outcome.options.seed)
    yield "time", f"{outcome.seconds:.0f} s, of which {outcome.drained:.0f} s to drain"
    yield "SIGKILLs of the broker", f"{broker.kills} ({broker.kills_in_start} while it started)"
    yield "start of the broker", f"median {median:.2f} s, longest {longest:.2f} s, {len(broker.starts)} times"
    yield "upstream outages", f"{counts['outages']} ({counts['killed']} SIGKILL, {counts['stopped']} SIGSTOP)"
    yield "network faults", ", ".join(f"{counts[mode]} {mode}" for mode in MODES)
    for method in plan.DISK_METHODS:
        yield f"disk windows, {_METHODS[method]}", _windows(outcome, method)
    yield "starts refused by a full disk", str(broker.refused_starts)


_METHODS = {plan.FULL: "tmpfs full", plan.LIMIT: "RLIMIT_FSIZE", plan.FSYNC: "fsync EIO by strace"}


def _windows(outcome, method):
    if method in outcome.rig.absent:
        return f"not done: {outcome.rig.absent[method]}"
    made = f"{outcome.counts[f'disk {method}']}"
    return f"{made}, of which {outcome.counts[f'hit {method}']} met an fsync" if method == plan.FSYNC else made


def _messages(outcome):
    history = outcome.rig.history
    by_group = Counter()
    for identity, station in history.stations.items():
        taken = sum(one.acknowledged is not None for one in station.messages.values())
        by_group[identity.partition("-")[0].lower()] += taken
    yield "stations", f"{len(outcome.rig.fleet)}, connected {sum(s.opened for s in history.stations.values())} times"
    yield "messages acknowledged", f"{history.acknowledged} ({', '.join(f'{n} {g}' for g, n in by_group.items())})"
    yield "refused with a CALLERROR", str(sum(station.refused for station in history.stations.values()))
    for name, by_identity in history.upstreams.items():
        arrived = sum(len(recorded.taken()) for recorded in by_identity.values())
        again = [len(repeats(recorded)) for recorded in by_identity.values()]
        answered = sum(one["r"] is not None for recorded in by_identity.values() for one in recorded.asked)
        yield (
            f"upstream {name}",
            f"{arrived} messages, {sum(again)} repeats (at most {max(again, default=0)} of a station), "
            f"{answered} of its calls answered",
        )
    yield "faults that may cost a repeat", str(len(history.faults))


def _verdict(outcome):
    found = Counter(one.rule for one in outcome.violations)
    for rule in RULES:
        yield f"violations: {rule}", str(found[rule])
    for text in outcome.missed:
        yield "NOT REACHED", text
    yield "verdict", "good" if outcome.good else "BAD"


def _details(outcome):
    for rule in RULES:
        found = [one for one in outcome.violations if one.rule == rule]
        for one in found[:SHOWN]:
            yield f"  {rule}: {one.identity} {one.upstream}: {one.text}"
        if len(found) > SHOWN:
            yield f"  {rule}: and {len(found) - SHOWN} more"
