"""OCPP 1.6 Firmware Management: what is answered, kept and composed."""

import asyncio
from pathlib import Path

import pydantic
import pytest
from firmware_kit import DIAGNOSTICS, FIRMWARE, ID, TOKEN, V, ask, count, life, say, started

from broker.api import Direction, ErrorKind, NotConnected, OperationFailed, Reply, StationRefused
from broker.hooks import PluginSpec
from broker.hooks.manager import Plugins
from plugins.ocpp16.firmware_management import FirmwareManagement

AT = "2026-01-01T00:00:00Z"
LOCATION = "https://h.example/v2.bin"
UPDATE = {"location": LOCATION, "retrieveDate": AT}
REFUSED = Reply.error("NotSupported", "no updates")


@pytest.fixture
async def h():
    async with started() as one:
        yield one


# --- what the station says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status"),
    [(FIRMWARE, "Idle"), (FIRMWARE, "Downloading"), (DIAGNOSTICS, "Idle"), (DIAGNOSTICS, "UploadFailed")],
)
async def test_every_notification_is_taken(h, action, status):
    assert (await h.call(V, action, {"status": status})).payload == {}


@pytest.mark.parametrize("payload", [{}, {"status": None}, {"status": 5}, {"status": ""}, {"status": ["Idle"]}])
async def test_a_notification_without_a_status_is_answered_and_nothing_of_it_kept(h, payload):
    assert (await h.call(V, FIRMWARE, payload)).payload == {}
    assert await life(h) is None


async def test_the_life_of_an_update(h):
    """044_1, with a reboot in the middle."""
    await h.operate(V, "update-firmware", {"location": LOCATION})
    assert await life(h) == {
        "asked": {"at": AT, "by": "plugin", "location": LOCATION, "retrieveDate": AT},
        "begun": AT, "since": AT, "status": None, "ended": False, "history": [], "transfers": [],
    }  # fmt: skip
    await say(h, FIRMWARE, "Downloading", "Downloaded", "Installing")
    await h.reply(V, "BootNotification", {"firmwareVersion": "2.0"}, Reply.result({}))
    await say(h, FIRMWARE, "Installed")
    found = await life(h)
    assert (found["status"], found["since"], found["ended"]) == ("Installed", "2026-01-01T00:00:04Z", True)
    assert found["history"] == [
        {"status": "Downloading", "at": "2026-01-01T00:00:01Z"},
        {"status": "Downloaded", "at": "2026-01-01T00:00:02Z"},
        {"status": "Installing", "at": "2026-01-01T00:00:03Z"},
        {"boot": "2.0", "at": "2026-01-01T00:00:03Z"},
        {"status": "Installed", "at": "2026-01-01T00:00:04Z"},
    ]


@pytest.mark.parametrize(
    ("action", "kind", "statuses"),
    [
        (FIRMWARE, "firmware", ["Downloading", "DownloadFailed"]),
        (FIRMWARE, "firmware", ["Downloading", "Downloaded", "Installing", "InstallationFailed"]),
        (DIAGNOSTICS, "diagnostics", ["Uploading", "Uploaded"]),
        (DIAGNOSTICS, "diagnostics", ["Uploading", "UploadFailed"]),
    ],
)
async def test_other_ends(h, action, kind, statuses):
    await say(h, action, *statuses)
    found = await life(h, kind)
    assert ([row["status"] for row in found["history"]], found["ended"]) == (statuses, True)
    assert "asked" not in found
    assert await life(h, "firmware" if kind == "diagnostics" else "diagnostics") is None


async def test_idle_ends_nothing(h):
    await h.operate(V, "update-firmware", {"location": LOCATION, "retrieveDate": "2026-01-02T00:00:00Z"})
    await say(h, FIRMWARE, "Idle")
    found = await life(h)
    assert (found["status"], found["idle"], found["ended"]) == (None, "2026-01-01T00:00:01Z", False)


async def test_it_is_kept_in_relay_mode_whatever_the_upstream_answers(h):
    h.session(V).answers = "main"
    await h.reply(V, FIRMWARE, {"status": "Downloading"}, Reply.error(ErrorKind.INTERNAL, ""))
    assert (await life(h))["status"] == "Downloading"


async def test_a_boot_outside_of_an_update_costs_no_look_at_the_store(h, monkeypatch):
    async def fail(*_):
        raise AssertionError("the store was asked")

    await say(h, FIRMWARE, "Downloading", "Installed")
    monkeypatch.setattr(h.records.documents, "get", fail)
    await h.reply(V, "BootNotification", {"firmwareVersion": "2.0"}, Reply.result({}))


@pytest.mark.parametrize("version", [None, 5, "2.0"])
async def test_a_boot_after_a_restart_of_the_broker(h, version):
    """Another instance of the plugin, as after a restart or a reload."""
    await say(h, FIRMWARE, "Installing")
    again = Plugins.load([PluginSpec(FirmwareManagement.name, {}, FirmwareManagement)], context=h.contexts)
    await h.plugins.stop()
    await again.start(None)
    h.plugins = again
    await h.reply(V, "BootNotification", {"firmwareVersion": version}, Reply.result({}))
    assert (await life(h))["history"][-1]["boot"] == (version if version == "2.0" else "")


async def test_stations_are_apart(h):
    await say(h, FIRMWARE, "Downloading")
    h.session(V).identity = "CP002"
    await say(h, FIRMWARE, "Installed")
    assert (await life(h))["status"] == "Installed"
    h.session(V).identity = ID
    assert (await life(h))["status"] == "Downloading"


# --- requests, whoever makes them -------------------------------------------------------------------------------------


async def test_a_request_of_anybody_begins_a_new_life(h):
    await say(h, FIRMWARE, "Downloading", "Installed")
    secret = "ftp://user:secret@h.example/v3.bin"
    await ask(h, "UpdateFirmware", {"location": secret, "retrieveDate": AT, "retries": 3, "retryInterval": "60"})
    found = await life(h)
    assert (found["status"], found["history"], found["ended"]) == (None, [], False)
    location = "ftp://***@h.example/v3.bin"
    asked = {"at": "2026-01-01T00:00:02Z", "by": "station", "location": location, "retrieveDate": AT}
    assert found["asked"] == {**asked, "retries": 3, "retryInterval": 60}
    assert "secret" not in str(await h.records.documents.of(FirmwareManagement.name, ID))


async def test_what_makes_no_sense_is_kept_as_nothing(h):
    odd = {"location": 5, "retrieveDate": ["x"], "retries": {}, "retryInterval": 2**70}
    await ask(h, "UpdateFirmware", odd)
    assert (await life(h))["asked"] == {"at": AT, "by": "station", "location": ""}


async def test_a_request_that_is_refused_ends_nothing(h):
    await say(h, FIRMWARE, "Downloading")
    await ask(h, "UpdateFirmware", UPDATE, REFUSED)
    assert (await life(h))["status"] == "Downloading"
    assert count(h, "requests", kind="firmware", outcome="refused") == 1


@pytest.mark.parametrize(
    ("result", "name", "ended"),
    [({"fileName": "d.zip"}, "d.zip", False), ({}, None, True), ({"fileName": ""}, None, True)],
)
async def test_a_station_says_whether_it_has_something_to_bring(h, result, name, ended):
    times = {"startTime": AT, "stopTime": "2026-01-02T00:00:00Z"}
    await ask(h, "GetDiagnostics", {"location": "ftp://h.example/", **times}, Reply.result(result))
    found = await life(h, "diagnostics")
    assert (found.get("fileName"), found["ended"], found.get("nothing", False)) == (name, ended, ended)
    assert found["asked"] == {"at": AT, "by": "station", "location": "ftp://h.example/", **times}


async def test_figures_are_of_closed_sets(h):
    await say(h, FIRMWARE, "Downloading", "Idle", "SignatureVerified", "Downloading")
    await say(h, DIAGNOSTICS, "Uploaded", "Installed")
    await ask(h, "UpdateFirmware", UPDATE)
    counted = {
        ("firmware", "Downloading"): 2, ("firmware", "Idle"): 1, ("firmware", "other"): 1,
        ("diagnostics", "Uploaded"): 1, ("diagnostics", "other"): 1, ("firmware", "SignatureVerified"): 0,
    }  # fmt: skip
    for (kind, status), number in counted.items():
        assert count(h, "statuses", kind=kind, status=status) == number
    assert count(h, "requests", kind="firmware", outcome="taken") == 1


# --- operations -------------------------------------------------------------------------------------------------------


async def test_update_firmware_from_the_file_endpoint(h):
    result = await h.operate(V, "update-firmware", {"file": "v2.bin"})
    location = f"http://files.example/{TOKEN}/v2.bin"
    assert result == {"location": location, "retrieveDate": AT}
    assert h.session(V).sent == [("UpdateFirmware", {"location": location, "retrieveDate": AT})]
    assert h.contexts.files.asked == [("offer", "v2.bin", ID, 24.0)]
    found = await life(h)
    assert found["asked"]["location"] == "http://files.example/***/v2.bin"
    assert TOKEN not in str(await h.records.documents.of(FirmwareManagement.name, ID))


async def test_everything_can_be_said(h):
    params = {
        "location": "ftp://u:p@h/x",
        "retrieveDate": "2026-01-03T02:00:00+02:00",
        "retries": 5,
        "retryInterval": 60,
    }
    result = await h.operate(V, "update-firmware", params)
    assert result == {"retrieveDate": "2026-01-03T00:00:00Z"}
    assert h.session(V).sent == [("UpdateFirmware", {**params, "retrieveDate": "2026-01-03T00:00:00Z"})]


@pytest.mark.parametrize(
    ("more", "hours"),
    [
        ({"retrieveDate": "2026-01-03T00:00:00Z"}, 72.0),
        ({"retrieveDate": "2025-01-01T00:00:00Z"}, 24.0),
        ({"retries": 10, "retryInterval": 3600}, 34.0),
        ({"retries": -1, "retryInterval": 3600}, 24.0),
        ({"retrieveDate": "2099-01-01T00:00:00Z"}, 24.0 * 365),
        ({"hours": 2.5}, 2.5),
    ],
)
async def test_a_url_is_good_until_the_station_can_have_come(h, more, hours):
    await h.operate(V, "update-firmware", {"file": "v2.bin", **more})
    assert h.contexts.files.asked == [("offer", "v2.bin", ID, hours)]


async def test_get_diagnostics_to_the_file_endpoint(h):
    h.session(V).replies["GetDiagnostics"] = Reply.result({"fileName": "d.zip"})
    location = f"http://files.example/{TOKEN}"
    assert await h.operate(V, "get-diagnostics") == {"fileName": "d.zip", "location": location}
    assert h.session(V).sent == [("GetDiagnostics", {"location": location})]
    assert h.contexts.files.asked == [("expect", "diagnostics", ID, 24.0)]
    assert (await life(h, "diagnostics"))["fileName"] == "d.zip"


async def test_get_diagnostics_to_anywhere_of_a_time(h):
    h.session(V).replies["GetDiagnostics"] = Reply.result({"fileName": "d.zip"})
    params = {
        "location": "ftp://h/x/",
        "startTime": AT,
        "stopTime": "2026-01-02T00:00:00Z",
        "retries": 1,
        "retryInterval": 9,
    }
    assert await h.operate(V, "get-diagnostics", params) == {"fileName": "d.zip"}
    assert h.session(V).sent == [("GetDiagnostics", params)]
    assert h.contexts.files.asked == []


async def test_nothing_to_upload_is_said(h):
    assert await h.operate(V, "get-diagnostics") == {"note": "the station has nothing to upload"}
    assert (await life(h, "diagnostics"))["nothing"] is True


@pytest.mark.parametrize(("name", "params"), [("update-firmware", {"file": "v2.bin"}), ("get-diagnostics", {})])
async def test_without_a_file_endpoint_it_is_said_what_to_do(name, params):
    async with started(files=False) as h:
        with pytest.raises(OperationFailed, match=r"give location: .* section files"):
            await h.operate(V, name, params)
        assert h.session(V).sent == []
        await h.operate(V, name, {"location": LOCATION})
        assert h.session(V).sent[0][1]["location"] == LOCATION


async def test_a_file_that_is_not_there(h):
    with pytest.raises(OperationFailed, match=r"no file v9\.bin"):
        await h.operate(V, "update-firmware", {"file": "v9.bin"})
    assert h.session(V).sent == []


@pytest.mark.parametrize(
    ("name", "action"), [("update-firmware", "UpdateFirmware"), ("get-diagnostics", "GetDiagnostics")]
)
async def test_a_station_that_refuses(h, name, action):
    h.session(V).replies[action] = REFUSED
    with pytest.raises(StationRefused) as caught:
        await h.operate(V, name, {"location": LOCATION})
    assert caught.value.code == "NotSupported"
    assert await life(h) is None


async def test_a_station_that_does_not_answer(h, monkeypatch):
    async def fail(*_, **__):
        raise NotConnected("gone")

    monkeypatch.setattr(h.session(V), "call", fail)
    with pytest.raises(NotConnected):
        await h.operate(V, "get-diagnostics")
    assert await life(h, "diagnostics") is None


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("update-firmware", {}),
        ("update-firmware", {"location": LOCATION, "file": "v2.bin"}),
        ("update-firmware", {"location": "v2.bin"}),
        ("update-firmware", {"location": "http://user:secret@h/ x"}),
        ("update-firmware", {"location": LOCATION, "retrieveDate": "2026-01-01T00:00:00"}),
        ("update-firmware", {"location": LOCATION, "url": "x"}),
        ("get-diagnostics", {"startTime": "yesterday"}),
        ("get-diagnostics", {"hours": 0}),
        ("firmware-status", {"kind": "firmware"}),
    ],
)
async def test_what_an_operator_may_not_give(h, name, params):
    with pytest.raises(pydantic.ValidationError) as caught:
        await h.operate(V, name, params)
    assert "secret" not in str(caught.value)
    assert h.session(V).sent == []


async def test_what_the_file_endpoint_saw_is_kept_beside_what_the_station_says(h):
    await h.operate(V, "get-diagnostics")
    h.contexts.files.done(purpose="diagnostics", name="d.zip", path=Path("/up/018b-5"), at=1_767_225_600.0)
    h.contexts.files.done(purpose="diagnostics", name="", ok=False, bytes=0, at=1_767_225_601.0)
    async with asyncio.timeout(10):
        while len((found := await life(h, "diagnostics"))["transfers"]) < 2:
            await asyncio.sleep(0)
    assert found["transfers"] == [
        {"at": AT, "ok": True, "bytes": 5, "name": "d.zip", "file": "018b-5"},
        {"at": "2026-01-01T00:00:01Z", "ok": False, "bytes": 0, "name": ""},
    ]
    assert found["status"] is None


async def test_a_file_of_a_station_that_was_forgotten_meanwhile(h):
    await h.operate(V, "update-firmware", {"file": "v2.bin"})
    await h.records.forget_station(ID)
    h.contexts.files.done()
    await say(h, DIAGNOSTICS, "Idle")
    assert await life(h) is None


async def test_the_profile_owns_its_actions(h):
    owned = {
        ("FirmwareStatusNotification", Direction.FROM_STATION),
        ("DiagnosticsStatusNotification", Direction.FROM_STATION),
    }
    owned |= {("UpdateFirmware", Direction.TO_STATION), ("GetDiagnostics", Direction.TO_STATION)}
    plugin = FirmwareManagement(FirmwareManagement.Config(), None)
    assert {(action.name, action.direction) for action in plugin.register_actions()} == owned
    assert {action.profile for action in plugin.register_actions()} == {"FirmwareManagement"}
