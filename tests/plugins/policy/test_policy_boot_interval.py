import json
import logging

import pytest
from session_kit import Upstream, rig

from broker.api import Direction, Reply
from broker.hooks import PluginError
from broker.ocpp import Version
from broker.testing import harness
from plugins.policy.boot_interval import BootInterval

VERSIONS = [version.value for version in Version]
ANSWER = '{"customData":{"ratio":1.50,"vendorId":"V"},"interval":%s,"currentTime":"2026-01-01T00:00:00Z","status":"%s"}'


async def answered(version, interval, status="Accepted", **options):
    """The answer to a boot as the station gets it."""
    reply = Reply.result((ANSWER % (interval, status)).encode())
    return (await harness(BootInterval, **options).reply(version, "BootNotification", {}, reply)).raw.decode()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("status", ["Accepted", "Pending", "Rejected"])
@pytest.mark.parametrize(("given", "nearest"), [("1", 60), ("-5", 60), ("2592000", 86_400), ("1e999", 86_400)])
async def test_an_interval_out_of_range_becomes_the_nearest_one(version, status, given, nearest):
    assert await answered(version, given, status) == ANSWER % (nearest, status)


@pytest.mark.parametrize("given", ["60", "300", "300.0", "86400"])
async def test_an_answer_within_the_range_passes_as_it_is(given):
    reply = Reply.result((ANSWER % (given, "Accepted")).encode())
    assert await harness(BootInterval).reply("ocpp1.6", "BootNotification", {}, reply) is reply


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("status", "kept"), [("Pending", True), ("Rejected", True), ("Accepted", False)])
async def test_0_tells_a_station_that_is_not_accepted_to_choose_by_itself(version, status, kept):
    """1.6 section 4.2; 2.x B02.FR.07 and B03.FR.05. As a heartbeat interval it has no meaning."""
    assert await answered(version, "0", status) == ANSWER % (0 if kept else 60, status)


async def test_the_range_is_the_configured_one():
    assert '"interval":5,' in await answered("ocpp1.6", "1", minimum=5, maximum=10)
    assert '"interval":10,' in await answered("ocpp1.6", "11", minimum=5, maximum=10)


@pytest.mark.parametrize(
    "raw", [b'{"status":"Accepted"}', b'{"interval":"1"}', b'{"interval":true}', b'{"interval":null}']
)
async def test_what_is_no_number_is_left_to_validation(raw):
    reply = Reply.result(raw)
    assert await harness(BootInterval).reply("ocpp1.6", "BootNotification", {}, reply) is reply


async def test_errors_other_answers_and_calls_to_the_station_pass():
    h = harness(BootInterval)
    refused, other = Reply.error("InternalError"), Reply.result(b'{"interval":1}')
    assert await h.reply("ocpp1.6", "BootNotification", {}, refused) is refused
    assert await h.reply("ocpp1.6", "DataTransfer", {}, other) is other
    assert await h.reply("ocpp1.6", "BootNotification", {}, other, direction=Direction.TO_STATION) is other


async def test_a_change_is_logged_with_the_station(caplog):
    caplog.set_level(logging.INFO, logger="plugin.policy.boot_interval")
    await answered("ocpp1.6", "1")
    assert caplog.messages == ["CP001: the interval of its boot was out of range and is 60 s now"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"minimum": 61, "maximum": 60}, "minimum is greater than maximum"), ({"minimum": 0}, r"boot_interval\.minimum")],
)
def test_the_range_is_one(options, problem):
    with pytest.raises(PluginError, match=problem):
        harness(BootInterval, **options)


async def test_the_station_gets_the_answer_of_its_csms_with_nothing_but_the_interval_changed():
    upstream = Upstream("ocpp2.0.1")
    upstream.auto = False
    await upstream.start()
    try:
        async with rig(upstream, plugins=[BootInterval]) as r:
            station = await r.connect(version=Version.V201, subprotocol="ocpp2.0.1")
            boot = '{"reason":"PowerUp","chargingStation":{"model":"One","vendorName":"Example"}}'
            await station.send(f'[2,"boot-1","BootNotification",{boot}]')
            message_id = json.loads(await upstream.next())[1]
            await upstream.ws.send_str(f'[3,"{message_id}",{ANSWER % (1, "Accepted")}]')
            assert await station.text() == f'[3,"boot-1",{ANSWER % (60, "Accepted")}]'
    finally:
        await upstream.stop()
