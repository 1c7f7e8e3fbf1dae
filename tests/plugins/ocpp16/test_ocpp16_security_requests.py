"""Logs and signed firmware: what is sent, and the life of a request."""

import asyncio

import pytest
from aiohttp.test_utils import make_mocked_request
from security_kit import V16, failed, plugin, said, security, until, wired

from broker.api import Direction, OperationFailed, Reply, StationRefused, Transfer

LOG, LOG_STATUS = "GetLog", "LogStatusNotification"
UPDATE, UPDATE_STATUS = "SignedUpdateFirmware", "SignedFirmwareStatusNotification"
NOW = "2026-01-01T00:00:00Z"
FIRMWARE = {"location": "https://files.example.org/fw.bin", "signingCertificate": "PEM", "signature": "c2ln"}


class Desk:
    """A file endpoint."""

    available = True

    def __init__(self):
        self.expected, self.offered = [], []

    def expect(self, *, identity, purpose, hours=24, on_done=None):
        self.expected.append((identity, purpose, hours))
        self.on_done = on_done
        return f"https://broker.example.org/files/{len(self.expected)}"

    def offer(self, name, *, identity, hours=24, on_done=None):
        if name == "none":
            raise FileNotFoundError
        self.offered.append((name, identity, hours))
        return f"https://broker.example.org/files/{name}"


async def documents(h):
    return await h.records.documents.of("ocpp16.security", "CP001")


async def status(h, action, word, number=None):
    payload = {"status": word} if number is None else {"status": word, "requestId": number}
    assert (await h.call(V16, action, payload)).payload == {}


def words(document):
    return [one["status"] for one in document["statuses"]]


async def asked(h, number, *, answer="Accepted", **more):
    """Somebody's GetLog."""
    payload = {"logType": "SecurityLog", "requestId": number, "log": {"remoteLocation": "ftp://x"}}
    await h.reply(V16, LOG, payload, said(answer, **more), direction=Direction.TO_STATION)


# --- get-log ----------------------------------------------------------------------------------------------------------


async def test_a_log_is_brought_to_the_file_endpoint():
    async with security() as h:
        h.contexts.files = desk = Desk()
        h.session(V16).replies[LOG] = said("Accepted", filename="log.txt")
        result = await h.operate(V16, "get-log", {"hours": 2})
        ((action, payload),) = h.session(V16).sent
        assert (action, payload) == (
            LOG,
            {
                "logType": "SecurityLog",
                "requestId": result["requestId"],
                "log": {"remoteLocation": "https://broker.example.org/files/1"},
            },
        )
        assert 0 < result["requestId"] < 2**31
        assert desk.expected == [("CP001", "log", 2.0)]
        assert result == {
            "status": "Accepted",
            "requestId": result["requestId"],
            "filename": "log.txt",
            "remoteLocation": "https://broker.example.org/files/1",
        }


async def test_every_member_of_a_log_request_can_be_given():
    async with security() as h:
        h.session(V16).replies[LOG] = said("Rejected")
        result = await h.operate(
            V16,
            "get-log",
            {
                "logType": "DiagnosticsLog",
                "remoteLocation": "ftp://user:secret@example.org/logs",
                "oldestTimestamp": "2025-12-01T01:00:00+01:00",
                "latestTimestamp": "2025-12-31T00:00:00Z",
                "retries": 0,
                "retryInterval": 60,
                "requestId": 0,
            },
        )
        assert h.session(V16).sent == [
            (
                LOG,
                {
                    "logType": "DiagnosticsLog",
                    "requestId": 0,
                    "log": {
                        "remoteLocation": "ftp://user:secret@example.org/logs",
                        "oldestTimestamp": "2025-12-01T00:00:00Z",
                        "latestTimestamp": "2025-12-31T00:00:00Z",
                    },
                    "retries": 0,
                    "retryInterval": 60,
                },
            )
        ]
        assert result == {"status": "Rejected", "requestId": 0}
        assert "secret" not in repr(await documents(h))


async def test_each_request_has_a_number_of_its_own():
    async with security() as h:
        h.contexts.files = Desk()
        numbers = {(await h.operate(V16, "get-log"))["requestId"] for _ in range(5)}
        assert len(numbers) == 5


async def test_without_a_file_endpoint_a_location_has_to_be_given():
    async with security() as h:
        with pytest.raises(OperationFailed, match="give remoteLocation"):
            await h.operate(V16, "get-log")
        with pytest.raises(OperationFailed, match="give location"):
            await h.operate(V16, "signed-update-firmware", {**FIRMWARE, "location": None, "file": "x"})
        assert h.session(V16).sent == []


async def test_an_error_to_a_request_is_passed_on_and_ends_it():
    async with security() as h:
        h.session(V16).replies[LOG] = failed("NotSupported", "no logs")
        with pytest.raises(StationRefused, match="NotSupported: no logs"):
            await h.operate(V16, "get-log", {"remoteLocation": "ftp://x", "requestId": 3})
        document = (await documents(h))["log:3"]
        assert (document["answer"], document["ended"]) == ("NotSupported", True)


async def test_what_was_brought_is_noted():
    async with security() as h:
        h.contexts.files = desk = Desk()
        h.session(V16).replies[LOG] = said("Accepted")
        number = (await h.operate(V16, "get-log"))["requestId"]
        desk.on_done(Transfer("CP001", "log", "log.txt", 123, True, None, 0.0))
        tasks = plugin(h).context._tasks
        await until(lambda: not tasks)
        document = (await documents(h))[f"log:{number}"]
        assert document["file"] == {"name": "log.txt", "bytes": 123, "ok": True}
        assert document["ended"] is False


# --- signed-update-firmware -------------------------------------------------------------------------------------------


async def test_signed_firmware_is_to_be_fetched_now():
    async with security() as h:
        h.session(V16).replies[UPDATE] = said("Accepted")
        result = await h.operate(V16, "signed-update-firmware", FIRMWARE)
        assert h.session(V16).sent == [
            (UPDATE, {"requestId": result["requestId"], "firmware": {**FIRMWARE, "retrieveDateTime": NOW}})
        ]
        assert result == {"status": "Accepted", "requestId": result["requestId"]}


async def test_every_member_of_an_update_can_be_given():
    async with security() as h:
        h.session(V16).replies[UPDATE] = said("InvalidCertificate")
        times = {"retrieveDateTime": "2026-02-01T00:00:00Z", "installDateTime": "2026-02-02T00:00:00Z"}
        given = {**FIRMWARE, **times, "retries": 3, "retryInterval": 10, "requestId": 7, "signature": "wrong"}
        result = await h.operate(V16, "signed-update-firmware", given)
        firmware = {**FIRMWARE, **times, "signature": "wrong"}
        assert h.session(V16).sent == [
            (UPDATE, {"requestId": 7, "firmware": firmware, "retries": 3, "retryInterval": 10})
        ]
        assert result == {"status": "InvalidCertificate", "requestId": 7}


async def test_a_signature_that_was_read_from_a_file_loses_its_line_break():
    async with security() as h:
        await h.operate(V16, "signed-update-firmware", {**FIRMWARE, "signature": "c2ln\n"})
        assert h.session(V16).sent[0][1]["firmware"]["signature"] == "c2ln"


async def test_firmware_is_offered_by_the_file_endpoint():
    async with security() as h:
        h.contexts.files = desk = Desk()
        h.session(V16).replies[UPDATE] = said("Accepted")
        named = {"file": "fw.bin", "signingCertificate": "PEM", "signature": "c2ln"}
        result = await h.operate(V16, "signed-update-firmware", named)
        assert desk.offered == [("fw.bin", "CP001", 24.0)]
        assert h.session(V16).sent[0][1]["firmware"]["location"] == "https://broker.example.org/files/fw.bin"
        assert result["location"] == "https://broker.example.org/files/fw.bin"
        with pytest.raises(OperationFailed, match="no file none"):
            await h.operate(V16, "signed-update-firmware", {**named, "file": "none"})


# --- the life of a request --------------------------------------------------------------------------------------------


async def test_a_log_s_life():
    async with security() as h:
        await asked(h, 5, filename="log.txt")
        document = (await documents(h))["log:5"]
        assert document == {
            "kind": "log",
            "requestId": 5,
            "at": h.clock.now(),
            "statuses": [],
            "ended": False,
            "answer": "Accepted",
            "logType": "SecurityLog",
            "filename": "log.txt",
        }
        await status(h, LOG_STATUS, "Uploading", 5)
        await status(h, LOG_STATUS, "Uploading", 5)
        await status(h, LOG_STATUS, "Uploaded", 5)
        document = (await documents(h))["log:5"]
        assert document["statuses"] == [{"status": "Uploading", "at": NOW}, {"status": "Uploaded", "at": NOW}]
        assert (document["status"], document["ended"]) == ("Uploaded", True)


async def test_statuses_after_the_reboot_come_in_any_order():
    """Certification, TC_080: Installed may come before InstallRebooting."""
    async with security() as h:
        payload = {"requestId": 9, "firmware": {**FIRMWARE, "retrieveDateTime": NOW}}
        await h.reply(V16, UPDATE, payload, said("Accepted"), direction=Direction.TO_STATION)
        sent = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed", "InstallRebooting"]
        for word in sent:
            await status(h, UPDATE_STATUS, word, 9)
        document = (await documents(h))["firmware:9"]
        assert words(document) == sent
        assert (document["status"], document["ended"]) == ("Installed", True)


async def test_a_status_may_come_before_the_answer():
    async with security() as h:
        await status(h, LOG_STATUS, "Uploading", 5)
        await asked(h, 5)
        document = (await documents(h))["log:5"]
        assert (document["answer"], words(document)) == ("Accepted", ["Uploading"])


@pytest.mark.parametrize("answer", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
async def test_what_is_not_accepted_has_ended(answer):
    async with security() as h:
        await asked(h, 5, answer=answer)
        document = (await documents(h))["log:5"]
        assert (document["answer"], document["ended"]) == (answer, True)


async def test_a_request_that_cancels_another_ends_it():
    async with security() as h:
        await asked(h, 4)
        await status(h, LOG_STATUS, "Uploaded", 4)
        await asked(h, 5)
        await asked(h, 6, answer="AcceptedCanceled")
        found = await documents(h)
        assert (found["log:5"]["ended"], found["log:5"]["canceledBy"]) == (True, 6)
        assert (found["log:6"]["ended"], found["log:6"]["answer"]) == (False, "AcceptedCanceled")
        assert "canceledBy" not in found["log:4"]


async def test_a_status_without_a_number_is_the_newest_request_s():
    async with security() as h:
        await status(h, LOG_STATUS, "Uploading")
        assert await documents(h) == {}
        await asked(h, 9)
        h.clock.advance(1)
        await asked(h, 4)
        await status(h, LOG_STATUS, "Uploading")
        await status(h, LOG_STATUS, "Idle")
        found = await documents(h)
        assert (words(found["log:9"]), words(found["log:4"])) == ([], ["Uploading"])


@pytest.mark.parametrize("payload", [{}, {"status": 5, "requestId": 1}, {"status": None}])
async def test_a_notification_without_a_status_is_answered_and_forgotten(payload):
    async with security() as h:
        assert (await h.call(V16, UPDATE_STATUS, payload)).payload == {}
        assert await documents(h) == {}


async def test_a_request_without_a_number_is_not_kept():
    async with security() as h:
        await asked(h, "five")
        assert await documents(h) == {}


async def test_logs_and_firmware_of_one_number_are_two_requests():
    async with security() as h:
        await status(h, LOG_STATUS, "Uploading", 1)
        await status(h, UPDATE_STATUS, "Downloading", 1)
        assert sorted(await documents(h)) == ["firmware:1", "log:1"]


async def test_a_station_cannot_fill_the_disk():
    async with security() as h:
        for number in range(30):
            h.clock.advance(1)
            await status(h, LOG_STATUS, "Uploading", number)
        assert sorted(int(key.removeprefix("log:")) for key in await documents(h)) == list(range(10, 30))
        for _ in range(30):
            await status(h, LOG_STATUS, "Uploading", 29)
            await status(h, LOG_STATUS, "PermissionDenied", 29)
        assert len((await documents(h))["log:29"]["statuses"]) == 40


async def test_what_comes_at_once_is_noted_one_after_another():
    async with security() as h:
        await asked(h, 1)
        await asyncio.gather(
            *(status(h, LOG_STATUS, word, 1) for word in ("Uploading", "UploadFailure", "Idle", "BadMessage"))
        )
        assert len((await documents(h))["log:1"]["statuses"]) == 4


async def test_requests_of_an_upstream_are_known_too_and_nobody_waits():
    async with security() as h:
        h.session(V16).answers = "main"
        await asked(h, 5)
        await h.reply(V16, LOG_STATUS, {"status": "Uploaded", "requestId": 5}, wired(Reply.result({})))
        assert (await documents(h))["log:5"]["status"] == "Uploaded"


async def test_requests_are_shown():
    async with security() as h:
        await asked(h, 2)
        await status(h, UPDATE_STATUS, "Downloading", 3)
        (route,) = h.plugins.routes()["ocpp16.security"]
        assert (route.method, route.path) == ("GET", "/requests/{identity}")
        request = make_mocked_request("GET", "/requests/CP001", match_info={"identity": "CP001"})
        text = (await route.handler(request)).text
        assert text.index('"log"') < text.index('"firmware"')
        assert NOW in text
