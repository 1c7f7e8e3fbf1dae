"""OCPP 2.x diagnostics: what the plugin owns, answers and asks by itself."""

import asyncio
import json

import pytest
from aiohttp.test_utils import make_mocked_request
from ocpp201_diagnostics_kit import AT, ID, V, ask, monitor, monitored, started

from broker.api import CallTimeout, Direction, Reply
from plugins.ocpp201.diagnostics.plugin import NOTIFICATIONS, REQUESTS, Diagnostics
from plugins.ocpp201.versions import V2
from tests.plugins.shared.plugin_files_kit import until

BOOTED = Reply.result({"status": "Accepted"})


@pytest.fixture
async def h():
    async with started() as one:
        yield one


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize("action", NOTIFICATIONS)
@pytest.mark.parametrize("payload", [{}, {"requestId": "x", "eventData": 5, "monitor": {}, "status": [], "data": 7}])
async def test_what_a_station_says_is_taken_whatever_its_shape(h, version, action, payload):
    assert (await h.call(version, action, payload)).payload == {}


@pytest.mark.parametrize("version", V2)
async def test_the_plugin_owns_its_actions(h, version):
    owned = {(one.name, one.direction) for one in Diagnostics.register_actions(None) if one.version == version}
    assert owned == {(name, Direction.FROM_STATION) for name in NOTIFICATIONS} | {
        (name, Direction.TO_STATION) for name in REQUESTS
    }


async def _known_monitor(h):
    report = {"requestId": 1, "seqNo": 0, "generatedAt": AT, "monitor": [monitored(monitor(7))]}
    await h.call(V, "NotifyMonitoringReport", report)


@pytest.mark.parametrize(("after_boot", "known", "asked"), [(True, True, 1), (True, False, 0), (False, True, 0)])
async def test_monitors_are_asked_for_after_a_boot_where_there_are_any(after_boot, known, asked):
    async with started(monitors_after_boot=after_boot) as h:
        if known:
            await _known_monitor(h)
        await h.reply(V, "BootNotification", {}, BOOTED)
        if asked:
            await until(lambda: _sent(h))
        await h.reply(V, "BootNotification", {}, Reply.result({"status": "Pending"}))
        await h.reply(V, "BootNotification", {}, Reply.error("InternalError", ""))
        await asyncio.sleep(0.01)
        assert [(action, [*payload]) for action, payload in h.session(V).sent] == [
            ("GetMonitoringReport", ["requestId"])
        ] * asked


async def test_the_station_of_an_upstream_is_not_asked_for_its_monitors():
    async with started(monitors_after_boot=True) as h:
        await _known_monitor(h)
        h.session(V).answers = "csms"
        await h.reply(V, "BootNotification", {}, BOOTED)
        await asyncio.sleep(0.01)
        assert h.session(V).sent == []


async def _sent(h):
    return h.session(V).sent


async def test_a_station_that_does_not_answer_after_a_boot_is_no_failure(caplog):
    async with started(monitors_after_boot=True) as h:
        await _known_monitor(h)
        h.session(V).call = _silent
        await h.reply(V, "BootNotification", {}, BOOTED)
        caplog.set_level("INFO")

        async def logged():
            return "monitors of CP001 are not known anew" in caplog.text

        await until(logged)
        assert "Traceback" not in caplog.text


async def _silent(action, payload, *, timeout=None):
    raise CallTimeout("no answer")


async def test_what_is_known_of_logs_is_served(h):
    await ask(h, "GetLog", {"requestId": 4}, Reply.result({"status": "Accepted"}))
    (route,) = h.plugins.routes()["ocpp201.diagnostics"]
    assert (route.method, route.path) == ("GET", "/lives/{identity}")
    response = await route.handler(make_mocked_request("GET", "/lives/CP001", match_info={"identity": ID}))
    assert [one["requestId"] for one in json.loads(response.body)["log"]] == [4]
