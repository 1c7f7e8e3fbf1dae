"""N, diagnostics: logs that the station brings."""

import pytest
from cases201 import case201
from story2_kit import ago, ahead, booted

ELSEWHERE = "ftp://files.example.org/logs"


class Log:
    """One GetLog, from the operator's button to the end of its life."""

    def __init__(self, lab, kind):
        self.lab, self.kind, self.told = lab, kind, []

    async def asked(self, station, *, status="Accepted", **params):
        """The operator asks; what the station is sent is what was given, and a requestId."""
        asked = station.expect("GetLog", {"status": status, **({} if status == "Rejected" else {"filename": "a.log"})})
        told = await self.lab.do("get-log", logType=self.kind, **params)
        payload = await asked
        self.number, log = payload.pop("requestId"), payload.pop("log")
        self.location = log["remoteLocation"]
        assert (told["status"], told["requestId"]) == (status, self.number)
        given = {"remoteLocation": self.location, **params}
        retries = {name: given.pop(name) for name in ("retries", "retryInterval") if name in given}
        assert log == given
        assert payload == {"logType": self.kind, **retries}
        return self

    async def tells(self, station, *states):
        for state in states:
            await station.tells("LogStatusNotification", status=state, requestId=self.number)
            self.told.append(state)

    async def life(self):
        found = (await self.lab.do("log-status"))["log"]
        [life] = [one for one in found if one["requestId"] == self.number]
        return life

    async def is_over(self, status):
        """The book has all that was told of it, and that it is over."""
        life = await self.life()
        assert [row["status"] for row in life["history"] if "status" in row] == self.told
        assert (life["status"], life["ended"]) == (status, True)


async def brought(lab, kind, **params):
    """A log that comes to where the operator wants it, or to the broker's file endpoint."""
    async with lab.station() as station:
        await booted(station)
        log = await Log(lab, kind).asked(station, **params)
        await log.tells(station, "Uploading")
        if "remoteLocation" not in params:
            await lab.brings(log.location, f"what happened to {lab.identity}".encode())
        await log.tells(station, "Uploaded")
        await log.is_over("Uploaded")


WHERE = pytest.mark.parametrize(
    "params",
    [
        {},
        {"remoteLocation": ELSEWHERE, "retries": 2, "retryInterval": 30},
        {"remoteLocation": ELSEWHERE, "oldestTimestamp": ago(60)[0], "latestTimestamp": ahead(0)},
    ],
    ids=["file endpoint", "elsewhere", "of a time"],
)


@WHERE
@case201("N_25", "logType DiagnosticsLog, all as configured; the file endpoint takes the file; the life in the book")
async def test_tc_n_25_diagnostics_log(lab, params):
    await brought(lab, "DiagnosticsLog", **params)


@case201("N_34", "GetLog: Rejected is told to the operator; nothing is on its way")
async def test_tc_n_34_get_log_rejected(lab):
    async with lab.station() as station:
        await booted(station)
        log = await Log(lab, "DiagnosticsLog").asked(station, status="Rejected")
        life = await log.life()
        assert (life["answer"], life["ended"]) == ("Rejected", True)


@WHERE
@case201("N_35", "logType SecurityLog, all as configured; the file endpoint takes the file; the life in the book")
async def test_tc_n_35_security_log(lab, params):
    await brought(lab, "SecurityLog", **params)


@case201("N_36", "A second GetLog with a new requestId: AcceptedCanceled; statuses of both answered, both over")
async def test_tc_n_36_second_request(lab):
    async with lab.station() as station:
        await booted(station)
        first = await Log(lab, "DiagnosticsLog").asked(station)
        await first.tells(station, "Uploading")
        second = await Log(lab, "DiagnosticsLog").asked(station, status="AcceptedCanceled")
        assert second.number != first.number
        await first.tells(station, "AcceptedCanceled")
        life = await first.life()
        assert (life["ended"], life["canceledBy"]) == (True, second.number)
        await second.tells(station, "Uploading")
        await lab.brings(second.location, f"what happened to {lab.identity}".encode())
        await second.tells(station, "Uploaded")
        await second.is_over("Uploaded")
