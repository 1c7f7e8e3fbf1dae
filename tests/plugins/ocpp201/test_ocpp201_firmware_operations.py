"""OCPP 2.x firmware management: what an operator asks."""

import pytest
from ocpp201_firmware_kit import ACCEPTED, LOCATION, V, lives, started, transfers

from broker.api import OperationFailed, Reply, StationRefused
from plugins.ocpp201.versions import V2
from tests.plugins.shared.plugin_files_kit import TOKEN

AT = "2026-01-01T00:00:00Z"
URL = f"http://files.example/{TOKEN}/v2.bin"


@pytest.fixture
async def h():
    async with started() as one:
        for version in V2:
            one.session(version).replies = {"UpdateFirmware": ACCEPTED, "PublishFirmware": ACCEPTED}
        yield one


@pytest.mark.parametrize("version", V2)
async def test_a_signed_update_from_anywhere(h, version):
    given = {
        "location": LOCATION,
        "retrieveDateTime": "2026-01-02T01:00:00+01:00",
        "installDateTime": "2026-01-03T00:00:00Z",
        "signingCertificate": "PEM\n",
        "signature": "c2ln\n",
        "retries": 2,
        "retryInterval": 60,
        "requestId": 5,
    }
    assert await h.operate(version, "update-firmware", given) == {"status": "Accepted", "requestId": 5}
    firmware = {
        "location": LOCATION,
        "retrieveDateTime": "2026-01-02T00:00:00Z",
        "installDateTime": "2026-01-03T00:00:00Z",
        "signingCertificate": "PEM\n",
        "signature": "c2ln",
    }
    payload = {"requestId": 5, "firmware": firmware, "retries": 2, "retryInterval": 60}
    assert h.session(version).sent == [("UpdateFirmware", payload)]


async def test_what_is_left_out_is_not_sent_and_the_station_may_begin_now(h):
    told = await h.operate(V, "update-firmware", {"location": LOCATION})
    ((_, payload),) = h.session(V).sent
    assert payload == {"requestId": told["requestId"], "firmware": {"location": LOCATION, "retrieveDateTime": AT}}
    assert told["requestId"] > 0


async def test_each_request_has_a_number_of_its_own(h):
    numbers = [(await h.operate(V, "update-firmware", {"location": LOCATION}))["requestId"] for _ in range(3)]
    assert len(set(numbers)) == 3


async def test_a_file_of_the_endpoint_gets_a_url_and_its_transfer_is_noted(h):
    told = await h.operate(V, "update-firmware", {"file": "v2.bin", "retrieveDateTime": "2026-01-01T12:00:00Z"})
    assert told["location"] == URL
    assert h.session(V).sent[0][1]["firmware"]["location"] == URL
    assert h.contexts.files.asked == [("offer", "v2.bin", "CP001", 36)]
    h.contexts.files.done(purpose="firmware", name="v2.bin", path=None)
    assert await transfers(h) == [{"at": "1970-01-01T00:00:07Z", "ok": True, "bytes": 5, "name": "v2.bin"}]
    assert TOKEN not in str(await lives(h))


async def test_the_hours_of_a_url_may_be_given(h):
    await h.operate(V, "update-firmware", {"file": "v2.bin", "hours": 2})
    assert h.contexts.files.asked == [("offer", "v2.bin", "CP001", 2)]


async def test_a_file_that_is_not_there(h):
    with pytest.raises(OperationFailed, match=r"no file v3\.bin"):
        await h.operate(V, "update-firmware", {"file": "v3.bin"})
    assert h.session(V).sent == []


async def test_without_an_endpoint_a_location_is_needed():
    async with started(files=False) as h:
        with pytest.raises(OperationFailed, match="give location"):
            await h.operate(V, "update-firmware", {"file": "v2.bin"})


async def test_a_refusal_is_told_with_its_reason(h):
    info = {"reasonCode": "Busy"}
    h.session(V).replies["UpdateFirmware"] = Reply.result({"status": "Rejected", "statusInfo": info})
    told = await h.operate(V, "update-firmware", {"location": LOCATION, "requestId": 5})
    assert told == {"status": "Rejected", "requestId": 5, "statusInfo": info}


async def test_an_error_is_the_stations(h):
    h.session(V).replies["UpdateFirmware"] = Reply.error("NotSupported", "no")
    with pytest.raises(StationRefused):
        await h.operate(V, "update-firmware", {"location": LOCATION})


async def test_firmware_is_published(h):
    told = await h.operate(V, "publish-firmware", {"file": "v2.bin", "checksum": "a" * 32, "retries": 1})
    number = told["requestId"]
    assert told == {"status": "Accepted", "requestId": number, "location": URL}
    payload = {"location": URL, "checksum": "a" * 32, "requestId": number, "retries": 1}
    assert h.session(V).sent == [("PublishFirmware", payload)]
    h.contexts.files.done(purpose="firmware", name="v2.bin", ok=False)
    assert [row["ok"] for row in await transfers(h, "publish")] == [False]


async def test_firmware_of_another_server_is_published(h):
    told = await h.operate(V, "publish-firmware", {"location": LOCATION, "checksum": "a" * 32, "requestId": 3})
    assert told == {"status": "Accepted", "requestId": 3}


@pytest.mark.parametrize("status", ["Unpublished", "NoFirmware", "DownloadOngoing"])
async def test_firmware_is_unpublished(h, status):
    h.session(V).replies["UnpublishFirmware"] = Reply.result({"status": status})
    assert await h.operate(V, "unpublish-firmware", {"checksum": "a" * 32}) == {"status": status}
    assert h.session(V).sent == [("UnpublishFirmware", {"checksum": "a" * 32})]


async def test_the_status_sends_nothing(h):
    assert await h.operate(V, "firmware-status") == {"firmware": [], "publish": []}
    assert h.session(V).sent == []
