"""What the file says of stations and tokens, after a reload."""

import json

from app_kit import connect

CORE = "[ocpp16.core]"
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


async def said(station, action, payload):
    """The answer to a call; calls of the broker on the way are answered with Rejected."""
    station._sent += 1
    await station.ws.send_str(json.dumps([2, f"s{station._sent}", action, payload]))
    while True:
        frame = json.loads(await station.ws.receive_str(timeout=5))
        if frame[0] != 2:
            assert frame[1] == f"s{station._sent}"
            return frame[2] if frame[0] == 4 else frame[2].get("status", frame[2])
        await station.ws.send_str(json.dumps([3, frame[1], {"status": "Rejected"}]))


async def test_a_boot_policy_of_the_file_reaches_a_station_that_is_connected(site, http):
    async with site.running(plugins=CORE) as broker:
        station = await connect(http, broker)
        assert await said(station, "BootNotification", BOOT) == "Accepted"
        site.write(stations="{known: [{identity: CP001, boot: pending}]}")
        assert await broker.reload() == []
        assert await said(station, "Heartbeat", {}) == "SecurityError"
        assert await said(station, "BootNotification", BOOT) == "Pending"
        site.write(stations="{known: [{identity: CP001}]}")
        assert await broker.reload() == []
        assert await said(station, "BootNotification", BOOT) == "Accepted"
        assert "currentTime" in await said(station, "Heartbeat", {})


async def test_tokens_of_the_file_count_after_a_reload(site, http):
    async with site.running(plugins=CORE, tokens="{TAG1: Accepted}") as broker:
        station = await connect(http, broker)
        tag = {"idTag": "tag2"}
        assert await said(station, "Authorize", tag) == {"idTagInfo": {"status": "Invalid"}}
        site.write(tokens="{TAG2: {status: Blocked}}")
        assert await broker.reload() == []
        assert await said(station, "Authorize", tag) == {"idTagInfo": {"status": "Blocked"}}
        assert await said(station, "Authorize", {"idTag": "TAG1"}) == {"idTagInfo": {"status": "Invalid"}}
