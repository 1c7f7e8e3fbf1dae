"""OCPP 2.x logs: asked for, and followed to their end."""

import pytest
from ocpp201_diagnostics_kit import AT, V21, V, ask, started
from pydantic import ValidationError

from broker.api import OperationFailed, Reply, StationRefused
from plugins.ocpp201.versions import V2
from tests.plugins.shared.plugin_files_kit import TOKEN, until

URL = f"http://files.example/{TOKEN}"
ACCEPTED = Reply.result({"status": "Accepted", "filename": "cp001.log"})


@pytest.fixture
async def h():
    async with started() as one:
        for version in V2:
            one.session(version).replies["GetLog"] = ACCEPTED
        yield one


async def _lives(h, version=V):
    return (await h.operate(version, "log-status"))["log"]


async def _say(h, *statuses, version=V, **more):
    for status in statuses:
        h.clock.advance(1)
        assert (await h.call(version, "LogStatusNotification", {"status": status, **more})).payload == {}


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize("kind", ["DiagnosticsLog", "SecurityLog"])
async def test_a_log_comes_to_the_file_endpoint(h, version, kind):
    """N_25, N_35."""
    told = await h.operate(version, "get-log", {"logType": kind})
    number = told["requestId"]
    assert told == {"status": "Accepted", "filename": "cp001.log", "requestId": number, "remoteLocation": URL}
    assert h.session(version).sent == [
        ("GetLog", {"logType": kind, "requestId": number, "log": {"remoteLocation": URL}})
    ]
    assert h.contexts.files.asked == [("expect", "log", "CP001", 24)]
    await _say(h, "Uploading", version=version, requestId=number)
    h.contexts.files.done()
    await until(lambda: _transfers(h, version))
    await _say(h, "Uploaded", version=version, requestId=number)
    (life,) = await _lives(h, version)
    assert (life["status"], life["ended"], life["asked"]["logType"]) == ("Uploaded", True, kind)
    assert life["asked"]["filename"] == "cp001.log"
    assert life["transfers"] == [{"at": "1970-01-01T00:00:07Z", "ok": True, "bytes": 5, "name": "a.log", "file": "x-1"}]
    assert TOKEN not in str(life)


async def _transfers(h, version):
    return (await _lives(h, version))[0]["transfers"]


async def test_a_data_collector_log_of_2_1(h):
    """N_100."""
    await h.operate(V21, "get-log", {"logType": "DataCollectorLog"})
    assert h.session(V21).sent[0][1]["logType"] == "DataCollectorLog"


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
async def test_a_url_with_credentials_is_sent_as_it_is_and_kept_without(h, scheme):
    """N_102, N_103."""
    location = f"{scheme}://station:secret@h.example/logs"
    given = {
        "remoteLocation": location,
        "oldestTimestamp": AT,
        "latestTimestamp": "2026-01-02T01:00:00+01:00",
        "retries": 1,
        "retryInterval": 30,
        "requestId": 12,
    }
    told = await h.operate(V, "get-log", given)
    assert told == {"status": "Accepted", "filename": "cp001.log", "requestId": 12}
    log = {"remoteLocation": location, "oldestTimestamp": AT, "latestTimestamp": "2026-01-02T00:00:00Z"}
    payload = {"logType": "DiagnosticsLog", "requestId": 12, "log": log, "retries": 1, "retryInterval": 30}
    assert h.session(V).sent == [("GetLog", payload)]
    (life,) = await _lives(h)
    assert life["asked"]["remoteLocation"] == f"{scheme}://***@h.example/logs"
    assert life["asked"]["oldestTimestamp"] == AT
    assert life["asked"]["retries"] == 1
    assert "secret" not in str(await h.records.documents.all("ocpp201.diagnostics"))


async def test_a_url_is_good_for_as_long_as_the_station_may_try(h):
    await h.operate(V, "get-log", {"retries": 4, "retryInterval": 900})
    await h.operate(V, "get-log", {"hours": 3})
    assert [hours for *_, hours in h.contexts.files.asked] == [25, 3]


async def test_without_an_endpoint_a_location_is_needed():
    async with started(files=False) as h:
        with pytest.raises(OperationFailed, match="give remoteLocation"):
            await h.operate(V, "get-log")


async def test_a_station_that_has_no_log(h):
    """N_34."""
    h.session(V).replies["GetLog"] = Reply.result({"status": "Rejected", "statusInfo": {"reasonCode": "None"}})
    told = await h.operate(V, "get-log", {"requestId": 3, "remoteLocation": "http://h/x"})
    assert told == {"status": "Rejected", "requestId": 3, "statusInfo": {"reasonCode": "None"}}
    assert [(one["answer"], one["ended"]) for one in await _lives(h)] == [("Rejected", True)]


async def test_an_error_is_the_stations(h):
    h.session(V).replies["GetLog"] = Reply.error("NotSupported", "")
    with pytest.raises(StationRefused):
        await h.operate(V, "get-log", {"requestId": 3})
    assert (await _lives(h))[0]["answer"] == "NotSupported"


async def test_a_second_request_cancels_the_first(h):
    """N_36."""
    await ask(h, "GetLog", {"requestId": 1}, ACCEPTED)
    await _say(h, "Uploading", requestId=1)
    await ask(h, "GetLog", {"requestId": 2}, Reply.result({"status": "AcceptedCanceled", "filename": "b.log"}))
    await _say(h, "AcceptedCanceled", requestId=1)
    await _say(h, "Uploading", "Uploaded", requestId=2)
    newest, oldest = await _lives(h)
    assert (newest["status"], newest["ended"]) == ("Uploaded", True)
    assert (oldest["status"], oldest["ended"], oldest["canceledBy"]) == ("AcceptedCanceled", True, 2)


@pytest.mark.parametrize("status", ["BadMessage", "NotSupportedOperation", "PermissionDenied", "UploadFailure"])
async def test_a_log_that_cannot_be_brought_and_another_attempt(h, status):
    await ask(h, "GetLog", {"requestId": 1}, ACCEPTED)
    await _say(h, "Uploading", status, requestId=1)
    assert [(one["status"], one["ended"]) for one in await _lives(h)] == [(status, True)]
    await _say(h, "Uploading", requestId=1)
    assert [(one["status"], one["ended"]) for one in await _lives(h)] == [("Uploading", False)]


async def test_idle_without_a_number_is_nobodys(h):
    await _say(h, "Idle")
    assert await _lives(h) == []


@pytest.mark.parametrize(
    "payload", [{}, {"requestId": "x"}, {"requestId": 1, "log": 5}, {"requestId": 1, "log": {"remoteLocation": []}}]
)
async def test_a_request_of_an_odd_shape_is_no_failure(h, payload):
    await ask(h, "GetLog", payload, Reply.result({"status": None, "filename": 5}))


async def test_a_log_of_another_kind_is_none():
    async with started() as h:
        with pytest.raises(ValidationError):
            await h.operate(V, "get-log", {"logType": "Everything"})
