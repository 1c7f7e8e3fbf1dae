"""A broker's store in a process of its own, to be killed or to be given too little room."""

import asyncio
import json
import resource
import sys

from store_kit import message, opened, until

from broker.store import StoreFailed, ops, writer


async def write_until_killed(url):
    """Print the ids of each write once it is committed, and never before."""

    async def station(identity):
        while True:
            row = message(store.new_id(), identity=identity, payload=bytes(700))
            await store.write([ops.put_outbox(row), ops.put_transaction(identity, store.new_id(), b"x" * 200)])
            print(row.id, flush=True)

    async with opened(url) as store, asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(station(f"CP{number}"))


async def run_out_of_room(url):
    """Write until the file may not grow any more, then give it room again."""
    writer._PROBE_SECONDS = 0.05
    committed, seen = [], []
    async with opened(url) as store:
        store.watchers.append(lambda failed: seen.append(bool(failed)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
        try:
            while True:
                row = message(store.new_id(), payload=bytes(5000))
                await store.write([ops.put_outbox(row)])
                committed.append(row.id)
        except StoreFailed as error:
            reason = str(error)
        store.later([ops.put_memory("CP1", b"boot")])
        refused = store.write([ops.put_outbox(message(store.new_id()))]).exception()
        readable = len(await store.outbox("CP1", "main", limit=5000)) == len(committed)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await until(lambda: not store.failed)
        row = message(store.new_id(), payload=bytes(5000))
        await store.write([ops.put_outbox(row)])
        committed.append(row.id)
        found = [row.id for row in await store.outbox("CP1", "main", limit=5000)]
        memory = (await store.station("CP1")).memory
    result = {
        "reason": reason,
        "refused": isinstance(refused, StoreFailed),
        "readable": readable,
        "seen": seen,
        "same": found == committed,
        "some": len(found),
        "memory": memory == b"boot",
    }
    print(json.dumps(result))


if __name__ == "__main__":
    asyncio.run({"kill": write_until_killed, "room": run_out_of_room}[sys.argv[1]](sys.argv[2]))
