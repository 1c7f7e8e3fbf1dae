"""Firmware Management and diagnostics, with the broker's file endpoint and with somebody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from cases16 import case
from lab_kit import FIRMWARE_FILE, FIRMWARE_IMAGE, IDENTITY
from story_kit import booted, statuses

ELSEWHERE = "ftp://user:secret@files.example.org/firmware.bin"


async def life(lab, kind):
    """What the book has of the station's update or upload, and the states in it, in order."""
    known = (await lab.get(f"/plugins/ocpp16.firmware_management/lives/{IDENTITY}"))[kind]
    return known, [row["status"] for row in known["history"] if "status" in row]


async def asked_to_update(lab, station, **where):
    """UpdateFirmware as the operator asks for it; its location."""
    asked = station.expect("UpdateFirmware", {})
    await lab.do("update-firmware", **where)
    payload = await asked
    assert set(payload) == {"location", "retrieveDate"}
    apart = datetime.fromisoformat(payload["retrieveDate"]) - datetime.now(UTC)
    assert abs(apart) < timedelta(seconds=30)
    return payload["location"]


async def progress(station, *states):
    for state in states:
        assert await station.says("FirmwareStatusNotification", status=state) == {}


@case(
    "044_1",
    "location of the broker's file endpoint, from which the station fetches the file; retrieveDate now; notifications "
    "before and after the reboot answered; the life in the book",
)
async def test_tc_044_1_firmware_download_and_install(lab):
    async with lab.station() as station:
        await booted(station)
        location = await asked_to_update(lab, station, file=FIRMWARE_FILE)
        await progress(station, "Downloading")
        assert await lab.fetches(location) == FIRMWARE_IMAGE
        await progress(station, "Downloaded")
        await station.status("Unavailable")
        await progress(station, "Installing")
    async with lab.station() as station:
        assert (await station.boots())["status"] == "Accepted"
        await station.status("Available")
        await progress(station, "Installed")
        known, states = await life(lab, "firmware")
        assert states == ["Downloading", "Downloaded", "Installing", "Installed"]
        assert (known["status"], known["ended"]) == ("Installed", True)
        assert [one["ok"] for one in known["transfers"]] == [True]
        assert (await statuses(lab))[1] == "Available"


@case("044_2", "location as configured; DownloadFailed answered, and in the book")
async def test_tc_044_2_firmware_download_failed(lab):
    async with lab.station() as station:
        await booted(station)
        assert await asked_to_update(lab, station, location=ELSEWHERE) == (
            "ftp://user:secret@files.example.org/firmware.bin"
        )
        await progress(station, "Downloading", "DownloadFailed")
        known, states = await life(lab, "firmware")
        assert states == ["Downloading", "DownloadFailed"]
        assert (known["status"], known["ended"]) == ("DownloadFailed", True)
        assert "secret" not in str(known)


@case("044_3", "location as configured; InstallationFailed after the reboot answered, and in the book")
async def test_tc_044_3_firmware_installation_failed(lab):
    async with lab.station() as station:
        await booted(station)
        location = "https://files.example.org/firmware.bin"
        assert await asked_to_update(lab, station, location=location) == "https://files.example.org/firmware.bin"
        await progress(station, "Downloading", "Downloaded")
        await station.status("Unavailable")
        await progress(station, "Installing")
    async with lab.station() as station:
        await booted(station)
        await progress(station, "InstallationFailed")
        known, states = await life(lab, "firmware")
        assert states == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
        assert (known["status"], known["ended"]) == ("InstallationFailed", True)


async def asked_for_diagnostics(lab, station, **where):
    """GetDiagnostics as the operator asks for it; its location."""
    asked = station.expect("GetDiagnostics", {"fileName": "diagnostics.zip"})
    assert (await lab.do("get-diagnostics", **where))["fileName"] == "diagnostics.zip"
    payload = await asked
    assert set(payload) == {"location"}
    return payload["location"]


async def tells(station, *states):
    for state in states:
        assert await station.says("DiagnosticsStatusNotification", status=state) == {}


@pytest.mark.parametrize("configured", [None, "ftp://files.example.org/diagnostics"])
@case(
    "045_1",
    "location as configured, or of the broker's file endpoint, which takes the file; Uploaded answered, in the book",
)
async def test_tc_045_1_get_diagnostics(lab, configured):
    async with lab.station() as station:
        await booted(station)
        where = {} if configured is None else {"location": configured}
        location = await asked_for_diagnostics(lab, station, **where)
        await tells(station, "Uploading")
        if configured is None:
            await lab.brings(f"{location}/diagnostics.zip", b"what is the matter")
        else:
            assert location == "ftp://files.example.org/diagnostics"
        await tells(station, "Uploaded")
        known, states = await life(lab, "diagnostics")
        assert states == ["Uploading", "Uploaded"]
        assert (known["status"], known["ended"]) == ("Uploaded", True)
        assert [(one["ok"], one["bytes"]) for one in known["transfers"]] == [(True, 18)] * (configured is None)


@case("045_2", "UploadFailed answered; the book has the failure and no file; the next GetDiagnostics is one of its own")
async def test_tc_045_2_get_diagnostics_upload_failed(lab):
    async with lab.station() as station:
        await booted(station)
        first = await asked_for_diagnostics(lab, station)
        await tells(station, "Uploading", "UploadFailed")
        known, states = await life(lab, "diagnostics")
        assert states == ["Uploading", "UploadFailed"]
        assert (known["status"], known["ended"], known["transfers"]) == ("UploadFailed", True, [])
        assert (await lab.do("firmware-status"))["diagnostics"] == known
        assert lab.uploads() == []
        second = await asked_for_diagnostics(lab, station)
        assert second != first
        await tells(station, "Uploading")
        await lab.brings(second, b"what is the matter")
        await tells(station, "Uploaded")
        known, states = await life(lab, "diagnostics")
        assert (states, known["status"]) == (["Uploading", "Uploaded"], "Uploaded")
