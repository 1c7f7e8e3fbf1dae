"""OCPP 2.x firmware management: what is answered and kept."""

import json

import pytest
from aiohttp.test_utils import make_mocked_request
from ocpp201_firmware_kit import ACCEPTED, LOCATION, V, ask, lives, say, started

from broker.api import Reply
from broker.hooks import PluginSpec
from broker.hooks.manager import Plugins
from plugins.ocpp201.firmware.plugin import Firmware
from plugins.ocpp201.versions import V2

AT = "2026-01-01T00:00:00Z"
FIRMWARE = {
    "location": LOCATION,
    "retrieveDateTime": AT,
    "signingCertificate": "-----BEGIN CERTIFICATE-----",
    "signature": "c2lnbmF0dXJl",
}
UPDATE = {"requestId": 7, "firmware": FIRMWARE, "retries": 3}
PUBLISH = {"requestId": 8, "location": LOCATION, "checksum": "a" * 32}


@pytest.fixture
async def h():
    async with started() as one:
        yield one


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize("action", ["FirmwareStatusNotification", "PublishFirmwareStatusNotification"])
@pytest.mark.parametrize("status", ["Idle", "Downloading", "Vendor"])
async def test_what_a_station_says_is_taken(h, version, action, status):
    assert (await h.call(version, action, {"status": status})).payload == {}


async def test_the_life_of_a_signed_update_with_a_reboot_in_it(h):
    """L_01."""
    await ask(h, "UpdateFirmware", UPDATE)
    assert await lives(h) == [
        {
            "requestId": 7,
            "answer": "Accepted",
            "asked": {
                "at": AT, "by": "station", "location": "https://***@h.example/v2.bin", "retrieveDateTime": AT,
                "retries": 3, "signed": True,
            },
            "begun": AT, "since": AT, "status": None, "ended": False, "history": [], "transfers": [],
        }
    ]  # fmt: skip
    await say(h, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", requestId=7)
    await h.reply(V, "BootNotification", {"chargingStation": {"firmwareVersion": "2.0"}}, ACCEPTED)
    await say(h, "Installed", requestId=7)
    (found,) = await lives(h)
    assert (found["status"], found["ended"]) == ("Installed", True)
    assert [row.get("status", row.get("boot")) for row in found["history"]] == [
        *("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "2.0", "Installed")
    ]


async def test_neither_certificate_nor_signature_nor_password_is_kept(h):
    await ask(h, "UpdateFirmware", UPDATE)
    kept = str(await h.records.documents.all("ocpp201.firmware"))
    assert "signed" in kept
    assert "c2lnbmF0dXJl" not in kept
    assert "BEGIN" not in kept
    assert "secret" not in kept


@pytest.mark.parametrize("answer", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
async def test_a_station_that_refuses(h, answer):
    """L_04, L_05."""
    await ask(h, "UpdateFirmware", UPDATE, Reply.result({"status": answer}))
    (found,) = await lives(h)
    assert (found["answer"], found["ended"]) == (answer, True)


async def test_an_error_is_the_answer_too(h):
    await ask(h, "UpdateFirmware", UPDATE, Reply.error("NotSupported", ""))
    assert (await lives(h))[0]["answer"] == "NotSupported"


async def test_an_update_that_is_cancelled_by_the_next(h):
    """L_10."""
    await ask(h, "UpdateFirmware", UPDATE)
    await say(h, "Downloading", requestId=7)
    await ask(h, "UpdateFirmware", {**UPDATE, "requestId": 9}, Reply.result({"status": "AcceptedCanceled"}))
    await say(h, "Downloading", "Downloaded", requestId=9)
    newest, oldest = await lives(h)
    assert (newest["status"], newest["ended"]) == ("Downloaded", False)
    assert (oldest["status"], oldest["ended"], oldest["canceledBy"]) == ("Downloading", True, 9)


async def test_an_update_that_cannot_be_cancelled(h):
    """L_11."""
    await ask(h, "UpdateFirmware", UPDATE)
    await ask(h, "UpdateFirmware", {**UPDATE, "requestId": 9}, Reply.result({"status": "Rejected"}))
    await say(h, "Downloading", requestId=7)
    known = {one["requestId"]: (one["status"], one["ended"]) for one in await lives(h)}
    assert known == {7: ("Downloading", False), 9: (None, True)}


async def test_idle_of_a_triggered_message_ends_nothing(h):
    await ask(h, "UpdateFirmware", UPDATE)
    await say(h, "Idle")
    (found,) = await lives(h)
    assert (found["status"], found["ended"], found["idle"]) == (None, False, "2026-01-01T00:00:01Z")


async def test_a_boot_without_an_update_is_none_of_it(h):
    await ask(h, "UpdateFirmware", UPDATE)
    await say(h, "Downloading", "DownloadFailed", requestId=7)
    await h.reply(V, "BootNotification", {"chargingStation": {"firmwareVersion": "2.0"}}, ACCEPTED)
    assert len((await lives(h))[0]["history"]) == 2


@pytest.mark.parametrize("station", [None, "x", {}, {"firmwareVersion": 5}])
async def test_a_boot_of_an_odd_shape_is_noted(h, station):
    await ask(h, "UpdateFirmware", UPDATE)
    await say(h, "Installing", requestId=7)
    await h.reply(V, "BootNotification", {"chargingStation": station}, ACCEPTED)
    assert (await lives(h))[0]["history"][-1]["boot"] == ""


async def test_firmware_that_a_local_controller_publishes_and_no_longer(h):
    await ask(h, "PublishFirmware", PUBLISH)
    action = "PublishFirmwareStatusNotification"
    await say(h, "Downloading", "ChecksumVerified", action=action, requestId=8)
    locations = ["http://10.0.0.1/v2.bin", "https://user:secret@10.0.0.1/v2.bin"]
    await say(h, "Published", action=action, requestId=8, location=locations)
    (found,) = await lives(h, "publish")
    assert (found["status"], found["ended"], found["asked"]["checksum"]) == ("Published", True, "a" * 32)
    assert found["locations"] == ["http://10.0.0.1/v2.bin", "https://***@10.0.0.1/v2.bin"]
    await ask(h, "UnpublishFirmware", {"checksum": "b" * 32}, Reply.result({"status": "Unpublished"}))
    await ask(h, "UnpublishFirmware", {"checksum": "a" * 32}, Reply.result({"status": "DownloadOngoing"}))
    assert "unpublished" not in (await lives(h, "publish"))[0]
    await ask(h, "UnpublishFirmware", {"checksum": "a" * 32}, Reply.result({"status": "Unpublished"}))
    assert (await lives(h, "publish"))[0]["unpublished"] is True
    assert await lives(h) == []


@pytest.mark.parametrize("payload", [{}, {"status": None}, {"status": 5}, {"status": ""}, {"status": ["Idle"]}])
async def test_a_notification_without_a_status_is_answered_and_nothing_of_it_kept(h, payload):
    assert (await h.call(V, "FirmwareStatusNotification", {**payload, "requestId": 7})).payload == {}
    assert await lives(h) == []


@pytest.mark.parametrize(
    "payload",
    [{}, {"requestId": "x"}, {"requestId": 7, "firmware": "x"}, {"requestId": 7, "firmware": {"location": 5}}],
)
@pytest.mark.parametrize("action", ["UpdateFirmware", "PublishFirmware"])
async def test_a_request_of_an_odd_shape_is_no_failure(h, action, payload):
    await ask(h, action, payload, Reply.result({"status": 5}))


async def test_the_locations_of_a_station_are_bounded(h):
    await say(h, "Published", action="PublishFirmwareStatusNotification", requestId=1, location=["http://h/x", 5] * 50)
    assert (await lives(h, "publish"))[0]["locations"] == ["http://h/x"] * 10


async def test_statuses_and_requests_are_counted(h):
    await say(h, "Downloading", "Idle", "Vendor", requestId=7)
    await ask(h, "UpdateFirmware", UPDATE)
    await ask(h, "UpdateFirmware", UPDATE, Reply.result({"status": "Rejected"}))

    def count(name, **labels):
        return h.contexts.registry.get_sample_value(f"switchboard_plugin_ocpp201_firmware_{name}_total", labels)

    assert [count("statuses", kind="firmware", status=one) for one in ("Downloading", "Idle", "other")] == [1, 1, 1]
    assert [count("requests", kind="firmware", outcome=one) for one in ("taken", "refused")] == [1, 1]


async def test_a_boot_after_a_restart_of_the_broker(h):
    """Another instance of the plugin, as after a restart or a reload."""
    await ask(h, "UpdateFirmware", UPDATE)
    await say(h, "Installing", requestId=7)
    again = Plugins.load([PluginSpec(Firmware.name, {}, Firmware)], context=h.contexts)
    await h.plugins.stop()
    await again.start(None)
    h.plugins = again
    await h.reply(V, "BootNotification", {"chargingStation": {"firmwareVersion": "2.0"}}, ACCEPTED)
    assert (await lives(h))[0]["history"][-1]["boot"] == "2.0"


async def test_what_is_known_is_served(h):
    await ask(h, "UpdateFirmware", UPDATE)
    (route,) = h.plugins.routes()["ocpp201.firmware"]
    assert (route.method, route.path) == ("GET", "/lives/{identity}")
    response = await route.handler(make_mocked_request("GET", "/lives/CP001", match_info={"identity": "CP001"}))
    assert [one["requestId"] for one in json.loads(response.body)["firmware"]] == [7]


@pytest.mark.parametrize("version", V2)
def test_the_plugin_owns_its_actions(version):
    owned = {(one.name, one.direction.value) for one in Firmware.register_actions(None) if one.version == version}
    assert owned == {
        ("FirmwareStatusNotification", "from_station"),
        ("PublishFirmwareStatusNotification", "from_station"),
        ("PublishFirmware", "to_station"),
        ("UnpublishFirmware", "to_station"),
        ("UpdateFirmware", "to_station"),
    }
