"""Security: the security log, and firmware that is signed."""

import pytest
from cases16 import case
from cryptography.exceptions import InvalidSignature
from lab_kit import FIRMWARE_FILE, FIRMWARE_IMAGE, IDENTITY
from manufacturer_kit import Manufacturer, verified
from story_kit import booted

ACCEPTED = {"status": "Accepted"}


async def request_of(lab, kind, number):
    """What the book has of a request."""
    found = (await lab.get(f"/plugins/ocpp16.security/requests/{IDENTITY}"))["requests"]
    (one,) = [one for one in found if (one["kind"], one["requestId"]) == (kind, number)]
    return one


@pytest.mark.parametrize("configured", [None, "ftp://files.example.org/logs"])
@case(
    "079",
    "logType SecurityLog; remoteLocation as configured, or of the broker's file endpoint, which takes the file; "
    "status in the book",
)
async def test_tc_079_get_security_log(lab, configured):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetLog", {**ACCEPTED, "filename": "security.log"})
        params = {} if configured is None else {"remoteLocation": configured}
        assert (await lab.do("get-log", **params))["status"] == "Accepted"
        payload = await asked
        assert payload["logType"] == "SecurityLog"
        number = payload["requestId"]
        await station.says("LogStatusNotification", status="Uploading", requestId=number)
        if configured is None:
            await lab.brings(payload["log"]["remoteLocation"], b"what happened")
        else:
            assert payload["log"]["remoteLocation"] == "ftp://files.example.org/logs"
        await station.says("LogStatusNotification", status="Uploaded", requestId=number)
        kept = await request_of(lab, "log", number)
        assert [one["status"] for one in kept["statuses"]] == ["Uploading", "Uploaded"]
        assert (kept["answer"], kept["status"], kept["ended"]) == ("Accepted", "Uploaded", True)


async def asked_to_update(lab, station, signature, maker, **where):
    """SignedUpdateFirmware as the operator asks for it; its payload."""
    asked = station.expect("SignedUpdateFirmware", ACCEPTED)
    told = await lab.do("signed-update-firmware", signature=signature, signingCertificate=maker.certificate, **where)
    assert told["status"] == "Accepted"
    payload = await asked
    assert payload["requestId"] == told["requestId"]
    assert payload["firmware"]["signature"] == signature
    assert payload["firmware"]["signingCertificate"] == maker.certificate
    assert "retrieveDateTime" in payload["firmware"]
    return payload


async def progress(station, number, *statuses):
    for status in statuses:
        assert await station.says("SignedFirmwareStatusNotification", status=status, requestId=number) == {}


@case(
    "080",
    "location (which the station fetches the file from), signature, certificate as configured; notifications "
    "before and after the reboot; the event and the life in the book",
)
async def test_tc_080_secure_firmware_update(lab):
    maker = Manufacturer()
    async with lab.station() as station:
        await booted(station)
        payload = await asked_to_update(lab, station, maker.signature(FIRMWARE_IMAGE), maker, file=FIRMWARE_FILE)
        number, firmware = payload["requestId"], payload["firmware"]
        await progress(station, number, "Downloading")
        image = await lab.fetches(firmware["location"])
        assert image == FIRMWARE_IMAGE
        verified(image, firmware["signature"], firmware["signingCertificate"])
        await progress(station, number, "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
    async with lab.station() as station:
        assert (await station.boots())["status"] == "Accepted"
        await station.reports("FirmwareUpdated")
        await station.status("Available", connector=0)
        await progress(station, number, "Installed")
        kept = await request_of(lab, "firmware", number)
        assert [one["status"] for one in kept["statuses"]] == [
            "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed",
        ]  # fmt: skip
        assert (kept["status"], kept["ended"]) == ("Installed", True)
        assert [row.type for row in await lab.records.security_events.page(identity=IDENTITY)] == ["FirmwareUpdated"]


@case(
    "081",
    "An invalid signature can be sent; location, signature, certificate as configured; InvalidSignature in the book",
)
async def test_tc_081_secure_firmware_update_invalid_signature(lab):
    maker, location = Manufacturer(), "https://files.example.org/firmware.bin"
    async with lab.station() as station:
        await booted(station)
        wrong = Manufacturer().signature(FIRMWARE_IMAGE)
        payload = await asked_to_update(lab, station, wrong, maker, location=location)
        assert payload["firmware"]["location"] == "https://files.example.org/firmware.bin"
        with pytest.raises(InvalidSignature):
            verified(FIRMWARE_IMAGE, payload["firmware"]["signature"], payload["firmware"]["signingCertificate"])
        number = payload["requestId"]
        await progress(station, number, "Downloading", "Downloaded", "InvalidSignature")
        kept = await request_of(lab, "firmware", number)
        assert (kept["status"], kept["ended"]) == ("InvalidSignature", True)
