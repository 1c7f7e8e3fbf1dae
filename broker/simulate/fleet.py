"""Many stations at once."""

import asyncio
import contextlib
from collections.abc import Sequence

from broker.simulate.station import SimulatedStation
from broker.tasks import spawn


def station_names(count: int, prefix: str = "CP") -> list[str]:
    """`count` identities with one width: CP001, CP002, ... CP120."""
    width = max(3, len(str(count)))
    return [f"{prefix}{number:0{width}d}" for number in range(1, count + 1)]


class Fleet:
    """Stations that live until they are stopped. Each connects at its own time, spread over `ramp` seconds."""

    def __init__(self, stations: Sequence[SimulatedStation], *, ramp: float = 0.0) -> None:
        self.stations = tuple(stations)
        self._ramp = ramp

    @property
    def connected(self) -> int:
        """How many stations have an open connection."""
        return sum(station.connected for station in self.stations)

    @property
    def charged(self) -> int:
        """How many transactions came to their end."""
        return sum(station.charged for station in self.stations)

    async def run(self, seconds: float | None = None) -> None:
        """Let the stations live for `seconds`, or until cancelled; then every connection is closed."""
        step = self._ramp / max(1, len(self.stations))
        tasks = [
            spawn(self._live(station, number * step), name=f"simulated station {station.identity}")
            for number, station in enumerate(self.stations)
        ]
        try:
            await asyncio.wait(tasks, timeout=seconds)
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, station: SimulatedStation, after: float) -> None:
        await asyncio.sleep(after)
        await station.run()
