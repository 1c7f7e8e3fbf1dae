"""The provisioning plugin in a broker, with stations on real sockets."""

import asyncio

import pytest

from broker.api import Registration
from broker.testing import broker, csms, station
from plugins.ocpp201.provisioning.plugin import Provisioning

pytestmark = pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])


async def set_policy(b, boot):
    await b.records.registrations.put(Registration(identity="CP001", boot=boot))


async def until(true):
    async with asyncio.timeout(5):
        while not await true():
            await asyncio.sleep(0.005)


async def test_a_station_waits_until_it_is_welcome_and_then_boots_by_itself(version):
    async with broker(Provisioning, {"retry_interval": 7}, profiles=False) as b:
        await set_policy(b, "pending")
        async with station(b, version=version) as s:
            answer = (await s.boot()).payload
            assert (answer["status"], answer["interval"]) == ("Pending", 7)
            assert (await s.heartbeat()).code == "SecurityError"
            await set_policy(b, "accepted")

            async def accepted():
                (row,) = await b.records.stations.of("CP001")
                return row.boot_status == "Accepted"

            await until(accepted)
            assert (await s.heartbeat()).code == "NotSupported", "of a plugin that is not here"


async def test_a_new_station_tells_all_that_it_has(version):
    options = {"full_inventory": "first", "full_inventory_delay": 0}
    async with broker(Provisioning, options, profiles=False) as b, station(b, version=version) as s:
        s.variables["ConnectionTimeOut"] = "77"
        await s.boot()

        async def noted():
            return await b.records.documents.get("ocpp201.provisioning", "CP001", "inventory")

        await until(noted)
        rows = await b.records.variables.of("CP001")
        assert [row.value for row in rows if row.variable == "ConnectionTimeOut"] == ["77"]


async def test_what_an_upstream_has_read_is_kept(version):
    async with csms() as upstream, broker(upstream=upstream) as b, station(b, version=version) as s:
        await s.boot()
        request = {"requestId": 5, "reportBase": "FullInventory"}
        reply = await upstream.call("CP001", "GetBaseReport", request)
        assert reply.payload["status"] == "Accepted"

        async def noted():
            return await b.records.documents.get("ocpp201.provisioning", "CP001", "inventory")

        await until(noted)
        assert len(await b.records.variables.of("CP001")) == len(s.variables)
