"""Many stations at once."""

import asyncio

from broker.ocpp import Version
from broker.simulate import Fleet, SimulatedStation, station_names


def test_names_have_one_width():
    assert station_names(2, "X") == ["X001", "X002"]
    assert station_names(1200)[0] == "CP0001"


async def test_a_fleet_lives_and_leaves_no_connection(csms, fast):
    kinds = list(Version)
    stations = [
        SimulatedStation(csms.url, name, kinds[number % 3], pace=fast) for number, name in enumerate(station_names(6))
    ]
    fleet = Fleet(stations, ramp=0.01)
    task = asyncio.create_task(fleet.run())
    for station in stations:
        await csms.wait_for_call(station.identity, "BootNotification")
    assert fleet.connected == 6
    task.cancel()
    await asyncio.wait([task])
    for station in stations:
        await csms.wait_until_gone(station.identity)
    assert fleet.connected == 0


async def test_a_fleet_ends_after_its_time(csms, fast):
    fleet = Fleet([SimulatedStation(csms.url, "CP1", pace=fast)])
    await fleet.run(0.05)
    assert fleet.connected == 0
