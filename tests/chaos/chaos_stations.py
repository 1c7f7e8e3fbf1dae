"""The process of the numbered stations. Standard input: `finish` ends their transactions, its end ends the process."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
from chaos_journal import Journal
from chaos_station import NumberedStation


async def main(folder, url, seed, pace, fleet):
    """`fleet`: identity -> version."""
    journal = Journal(Path(folder) / "stations.jsonl")
    stations = [
        NumberedStation(identity, version, f"{url}/{identity}", journal, seed, float(pace))
        for identity, version in fleet.items()
    ]
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as client:
        running = [asyncio.create_task(one.run(client)) for one in stations]
        ending = asyncio.create_task(asyncio.to_thread(_orders, asyncio.get_running_loop(), stations))
        watching = asyncio.create_task(_report(journal, stations))
        await asyncio.wait([*running, ending, watching], return_when=asyncio.FIRST_COMPLETED)
        for task in (*running, watching):
            if task.done():
                task.result()  # a station never ends by itself: say why
        for task in (*running, watching):
            task.cancel()
        await asyncio.gather(*running, watching, return_exceptions=True)


def _orders(loop, stations):
    for line in sys.stdin:
        if line.strip() == "finish":
            for one in stations:
                loop.call_soon_threadsafe(one.finish)


async def _report(journal, stations):
    """Which still have something that has not been acknowledged."""
    before = None
    while True:
        busy = [one.identity for one in stations if not one.done]
        if busy != before:
            journal.note("busy", stations=busy)
            before = busy
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], json.loads(sys.argv[5])))
