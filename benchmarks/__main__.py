"""`python -m benchmarks [relay] [local] [memory] [connections] [micro]`: all of them by default, in five minutes."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import Row, table
from benchmarks.processes import BenchmarkError
from benchmarks.rig import Rig
from benchmarks.scenarios import SCENARIOS, Plan

_NAMES = (*SCENARIOS, "micro")


def environment() -> dict[str, object]:
    """What the figures depend on."""
    packages = {name: version(name) for name in ("aiohttp", "uvloop", "msgspec", "jsonschema-rs")}
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "machine": platform.machine(), **packages}


def measure(names: Iterable[str], plan: Plan) -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder, Rig.up(Path(folder)) as rig:
        for name in names:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            if name == "micro":
                from benchmarks.micro import micro

                yield from micro(plan)
            else:
                yield from SCENARIOS[name](rig, plan)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(_NAMES)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a minute")
    parser.add_argument("--full", action="store_true", help="longer, and with 1,000 stations too")
    parser.add_argument("--target", choices=("all", "bare"), default="all", help="bare: the yardstick alone")
    parser.add_argument("--json", action="store_true", help="machine-readable, on standard output")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in _NAMES]:
        parser.error(f"no such benchmark: {', '.join(unknown)} (there are {', '.join(_NAMES)})")
    bare_only = options.target == "bare"
    plan = Plan(bare_only=bare_only)
    if options.quick or options.full:
        plan = (Plan.quick if options.quick else Plan.full)(bare_only=bare_only)
    names = options.names or (tuple(SCENARIOS) if bare_only else _NAMES)
    try:
        rows = list(measure(names, plan))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"environment": environment(), "rows": [row.as_json() for row in rows]}, indent=1))
    else:
        print(", ".join(f"{key} {value}" for key, value in environment().items()), table(rows), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
