"""What each of the benchmark's processes does first and last."""

import asyncio
import gc
import json
from collections.abc import Coroutine

import uvloop


def say(**fields: object) -> None:
    """One line of JSON on standard output: how a process answers whoever started it."""
    print(json.dumps(fields), flush=True)


def run(coro: Coroutine[object, object, None], loop: str = "uvloop") -> None:
    """Run until done or interrupted, on the loop asked for."""
    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        try:
            runner.run(coro)
        except KeyboardInterrupt:
            return


def tune() -> None:
    """As the broker does: without it a full collection of thousands of sessions stops every relay alike."""
    # asyncio reads into a fresh buffer of 256 KiB each time. glibc maps and unmaps every one of them, at 15 us a read,
    # until something larger has been freed once (mallopt(3), M_MMAP_THRESHOLD: the threshold follows).
    bytearray(2 << 20)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
