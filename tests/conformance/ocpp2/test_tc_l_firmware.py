"""L, firmware: signed updates, from the broker's file endpoint and from elsewhere, scheduled, cancelled, failing."""

from datetime import UTC, datetime, timedelta

import pytest
from cases201 import case201
from cryptography.exceptions import InvalidSignature
from lab2_kit import FIRMWARE_FILE, FIRMWARE_IMAGE
from manufacturer_kit import Manufacturer, verified
from story2_kit import Charge, ahead, booted

ELSEWHERE = "https://files.example.org/firmware.bin"
DOWNLOAD = ("Downloading", "Downloaded", "SignatureVerified")


class Update:
    """One UpdateFirmware, from the operator's button to the end of its life."""

    def __init__(self, lab, maker=None):
        self.lab, self.maker = lab, maker or Manufacturer()
        self.signature = self.maker.signature(FIRMWARE_IMAGE)
        self.told = []

    async def asked(self, station, *, status="Accepted", **params):
        """The operator asks; what the station is sent is what was given, and a requestId."""
        where = params if params.keys() & {"file", "location"} else {"location": ELSEWHERE, **params}
        signed = {"signingCertificate": self.maker.certificate, "signature": self.signature}
        asked = station.expect("UpdateFirmware", {"status": status})
        told = await self.lab.do("update-firmware", **where, **signed)
        payload = await asked
        self.number, self.firmware = payload.pop("requestId"), payload.pop("firmware")
        assert payload == {}
        assert (told["status"], told["requestId"]) == (status, self.number)
        given = {**signed, **where}
        if given.pop("file", None):
            given["location"] = self.firmware["location"]
        if "retrieveDateTime" not in given:
            apart = datetime.fromisoformat(self.firmware["retrieveDateTime"]) - datetime.now(UTC)
            assert abs(apart) < timedelta(seconds=30)
            given["retrieveDateTime"] = self.firmware["retrieveDateTime"]
        assert self.firmware == given
        return self

    async def tells(self, station, *states):
        for state in states:
            await station.tells("FirmwareStatusNotification", status=state, requestId=self.number)
            self.told.append(state)

    async def is_over(self, status):
        """The book has all that was told of it, and that it is over."""
        life = await self.life()
        assert [row["status"] for row in life["history"] if "status" in row] == self.told
        assert (life["status"], life["ended"]) == (status, True)

    async def life(self):
        found = (await self.lab.do("firmware-status"))["firmware"]
        [life] = [one for one in found if one["requestId"] == self.number]
        return life


async def installs(lab, station, update, *, reports=True):
    """Installing, a restart, and the end of it."""
    await station.connector("Unavailable")
    await update.tells(station, "Installing", "InstallRebooting")


async def comes_back(lab, update, end="Installed"):
    """It is back with the new firmware, or without it."""
    async with lab.station() as station:
        await booted(station, reason="FirmwareUpdate", firmwareVersion="2.0.0")
        if end == "Installed":
            await station.reports("FirmwareUpdated")
        await update.tells(station, end)
        await update.is_over(end)


@case201(
    "L_01",
    "signingCertificate, signature as configured, location of the file endpoint, from which the station fetches what "
    "was signed; all notifications and the boot answered; the life in the book",
)
async def test_tc_l_01_installation_successful(lab):
    async with lab.station() as station:
        await booted(station)
        update = await Update(lab).asked(station, file=FIRMWARE_FILE)
        await update.tells(station, "Downloading")
        image = await lab.fetches(update.firmware["location"])
        verified(image, update.firmware["signature"], update.firmware["signingCertificate"])
        await update.tells(station, "Downloaded", "SignatureVerified")
        await installs(lab, station, update)
    await comes_back(lab, update)


@case201("L_02", "firmware.installDateTime in the future, as the operator gives it; InstallScheduled answered")
async def test_tc_l_02_install_scheduled(lab):
    async with lab.station() as station:
        await booted(station)
        update = await Update(lab).asked(station, installDateTime=ahead(minutes=5))
        await update.tells(station, *DOWNLOAD, "InstallScheduled")
        await installs(lab, station, update)
    await comes_back(lab, update)


@case201("L_03", "firmware.retrieveDateTime in the future, as the operator gives it; DownloadScheduled answered")
async def test_tc_l_03_download_scheduled(lab):
    async with lab.station() as station:
        await booted(station)
        update = await Update(lab).asked(station, retrieveDateTime=ahead(minutes=5))
        await update.tells(station, "DownloadScheduled", *DOWNLOAD)
        await installs(lab, station, update)
    await comes_back(lab, update)


async def refused(lab, status, event=None):
    """The station does not like the certificate, and says so at once."""
    async with lab.station() as station:
        await booted(station)
        update = await Update(lab).asked(station, status=status)
        if event is not None:
            await station.reports(event)
        life = await update.life()
        assert (life["answer"], life["ended"]) == (status, True)


@case201("L_04", "RevokedCertificate is told to the operator; nothing is on its way")
async def test_tc_l_04_revoked_certificate(lab):
    await refused(lab, "RevokedCertificate")


@case201("L_05", "InvalidCertificate is told to the operator, its security event answered; nothing is on its way")
async def test_tc_l_05_invalid_certificate(lab):
    await refused(lab, "InvalidCertificate", "InvalidFirmwareSigningCertificate")


async def fails(lab, *states, event=None, update=None):
    """An update that ends with the last of these."""
    update = update or Update(lab)
    async with lab.station() as station:
        await booted(station)
        await update.asked(station)
        await update.tells(station, *states)
        if event is not None:
            await station.reports(event)
        await update.is_over(states[-1])


@case201("L_06", "A signature of another key can be sent; InvalidSignature and its event answered, in the book")
async def test_tc_l_06_invalid_signature(lab):
    update = Update(lab)
    update.signature = Manufacturer().signature(FIRMWARE_IMAGE)
    with pytest.raises(InvalidSignature):
        verified(FIRMWARE_IMAGE, update.signature, update.maker.certificate)
    states = ("Downloading", "Downloaded", "InvalidSignature")
    await fails(lab, *states, event="InvalidFirmwareSignature", update=update)
    [event] = await lab.records.security_events.page(identity=lab.identity)
    assert event.type == "InvalidFirmwareSignature"


@case201("L_07", "DownloadFailed answered, and in the book")
async def test_tc_l_07_download_failed(lab):
    await fails(lab, "Downloading", "DownloadFailed")


@case201("L_08", "InstallVerificationFailed answered, and in the book")
async def test_tc_l_08_install_verification_failed(lab):
    await fails(lab, *DOWNLOAD, "Installing", "InstallVerificationFailed")


@case201("L_09", "InstallationFailed after the reboot answered, and in the book; the boot Accepted")
async def test_tc_l_09_installation_failed(lab):
    async with lab.station() as station:
        await booted(station)
        update = await Update(lab).asked(station)
        await update.tells(station, *DOWNLOAD)
        await installs(lab, station, update)
    await comes_back(lab, update, "InstallationFailed")


@case201("L_10", "A second UpdateFirmware: AcceptedCanceled; the first is over in the book, the second goes on")
async def test_tc_l_10_accepted_canceled(lab):
    async with lab.station() as station:
        await booted(station)
        first = await Update(lab).asked(station)
        await first.tells(station, "Downloading")
        second = await Update(lab, first.maker).asked(station, status="AcceptedCanceled")
        assert second.number != first.number
        life = await first.life()
        assert (life["ended"], life["canceledBy"]) == (True, second.number)
        await second.tells(station, *DOWNLOAD)
        await installs(lab, station, second)
    await comes_back(lab, second)


@case201("L_11", "A second UpdateFirmware: Rejected is told to the operator; the first comes to its end")
async def test_tc_l_11_unable_to_cancel(lab):
    async with lab.station() as station:
        await booted(station)
        first = await Update(lab).asked(station)
        await first.tells(station, *DOWNLOAD, "Installing")
        second = await Update(lab, first.maker).asked(station, status="Rejected")
        assert (await second.life())["ended"]
        await first.tells(station, "InstallRebooting")
    await comes_back(lab, first)


@case201("L_13", "signingCertificate as configured; the update waits for the end of the transaction, then goes on")
async def test_tc_l_13_with_ongoing_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        update = await Update(lab).asked(station)
        await update.tells(station, "DownloadPaused")
        await charge.runs()
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")
        await update.tells(station, *DOWNLOAD)
        await installs(lab, station, update)
    await comes_back(lab, update)
