"""`python tests/chaos`: kill and disturb a real broker for ten minutes, then count. `--quick`: half a minute."""

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path

from chaos_run import Options, Run
from chaos_table import table

FULL = {
    "stations": 36, "rate": 260.0, "kills": 200, "outages": 100, "windows": 20, "messages": 100_001, "seconds": 660.0
}  # fmt: skip
QUICK = {"stations": 9, "rate": 90.0, "kills": 5, "outages": 3, "windows": 1, "messages": 500, "seconds": 60.0}


def options(arguments):
    parser = argparse.ArgumentParser(prog="python tests/chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of every choice; the times depend on the machine too")
    parser.add_argument("--quick", action="store_true", help="5 kills, about 30 s")
    parser.add_argument("--plain", action="store_true", help="one upstream, no store: a plain relay")
    parser.add_argument("--keep", type=Path, help="a new folder for journals and logs, kept afterwards")
    for name, value in FULL.items():
        parser.add_argument(f"--{name}", type=type(value), help=f"{value}, quick {QUICK[name]}")
    return parser.parse_args(arguments)


def chosen(given):
    """The quotas of the run: those of the mode, where nothing else was said."""
    defaults = QUICK if given.quick else FULL
    numbers = {name: getattr(given, name) or default for name, default in defaults.items()}
    return Options(seed=given.seed, plain=given.plain, **numbers)


def main(arguments=None):
    given = options(arguments)
    folder = given.keep or Path(tempfile.mkdtemp(prefix="switchboard-chaos-"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    outcome = asyncio.run(Run(folder.resolve(), chosen(given), lambda *lines: print(*lines, sep="\n", flush=True)).go())
    print(table(outcome))
    if given.keep is None and outcome.good:
        shutil.rmtree(folder)
    else:
        print(f"journals and the broker's log: {folder}")
    return 0 if outcome.good else 1
