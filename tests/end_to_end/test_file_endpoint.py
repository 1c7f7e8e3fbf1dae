"""Firmware and diagnostics through the broker's own file endpoint: a whole broker, a station, an HTTP client."""

import asyncio
import io
import json
import os
from contextlib import asynccontextmanager

import aiohttp
import pytest
from e2e_kit import TOKEN, Pki, document, listener, running, sample, until

from broker.ocpp import Reply, Version
from broker.simulate import SimulatedCsms, SimulatedStation

FIRMWARE = os.urandom(3_000_000)
STATION = "CP001"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"), organization="Example")


@pytest.fixture(params=["http", "https"])
def transport(request, pki):
    """More of the section `files`, and the context of a client."""
    if request.param == "http":
        return {}, None
    return {"tls": {"certificates": pki.listener_tls()["certificates"]}}, pki.client()


def configuration(folder, **more):
    (folder / "firmware").mkdir(exist_ok=True)
    (folder / "firmware" / "v2.bin").write_bytes(FIRMWARE)
    return {"bind": "127.0.0.1:0", "max_upload_bytes": 1024 * 1024, **more}


class Place:
    """A broker, a station that keeps the locations that it is given, and who operates them."""

    def __init__(self, broker, http):
        self.broker, self.http = broker, http
        self.locations = []
        self.file_name = "diag.zip"

    def given(self, call):
        self.locations.append(call.payload["location"])
        return {"fileName": self.file_name} if call.action == "GetDiagnostics" else {}

    async def do(self, name, status=200, **params):
        url = f"{self.broker.admin_url}/api/v1/stations/{STATION}/operations/{name}"
        async with self.http.post(url, json=params, headers=ADMIN) as answer:
            told = await answer.json(content_type=None)
            assert answer.status == status, told
            return told["result"] if status == 200 else told

    async def life(self, kind):
        return (await self.do("firmware-status"))[kind]

    async def life_with_transfer(self, kind):
        """The plugin hears of a transfer when the station has its answer already."""
        async with asyncio.timeout(10):
            while not (life := await self.life(kind))["transfers"]:
                await asyncio.sleep(0.01)
        return life

    async def files(self, path="", method="GET"):
        async with self.http.request(method, f"{self.broker.admin_url}/api/v1/files{path}", headers=ADMIN) as answer:
            return answer.status, await answer.read() if path and method == "GET" else await answer.json(
                content_type=None
            )

    async def fetch(self, url, **headers):
        async with self.http.get(url, headers=headers) as answer:
            return answer.status, await answer.read()

    async def bring(self, url, data, method="PUT"):
        async with self.http.request(method, url, data=data) as answer:
            return answer.status


@asynccontextmanager
async def at_work(folder, settings, context=None):
    """A broker with this section `files`, and its station."""
    config = document(listener(0), **({} if settings is None else {"files": settings}))
    async with (
        running(folder, config) as broker,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context or True)) as http,
        SimulatedStation(f"ws://127.0.0.1:{broker.ports['door']}/ocpp", STATION, Version.V16) as station,
    ):
        place = Place(broker, http)
        station.answers.update({"UpdateFirmware": place.given, "GetDiagnostics": place.given})
        place.station = station
        await station.boot()
        yield place


async def says(place, action, *statuses):
    for status in statuses:
        assert (await place.station.call(action, {"status": status})).payload == {}


async def test_a_station_updates_itself(tmp_path, transport):
    """044_1: the download breaks off in the middle and goes on where it was."""
    more, context = transport
    async with at_work(tmp_path, configuration(tmp_path, **more), context) as place:
        result = await place.do("update-firmware", file="v2.bin", retries=1)
        (url,) = place.locations
        assert result["location"] == url
        assert url.startswith("https://" if context else "http://")
        await says(place, "FirmwareStatusNotification", "Downloading")
        async with place.http.get(url) as answer:
            begun = await answer.content.readexactly(100_000)
            answer.close()
        status, rest = await place.fetch(url, Range="bytes=100000-")
        assert (status, begun + rest) == (206, FIRMWARE)
        await says(place, "FirmwareStatusNotification", "Downloaded", "Installing")
        await place.station.boot()
        await says(place, "FirmwareStatusNotification", "Installed")
        life = await place.life_with_transfer("firmware")
        assert (life["status"], life["ended"], life["asked"]["by"]) == ("Installed", True, "plugin")
        steps = [row.get("status", "boot") for row in life["history"]]
        assert steps == ["Downloading", "Downloaded", "Installing", "boot", "Installed"]
        assert [(row["ok"], row["bytes"], row["name"]) for row in life["transfers"]] == [
            (True, len(FIRMWARE), "v2.bin")
        ]
        assert (await place.fetch(url))[0] == 404
        assert sample(place.broker, "file_transfers_total", purpose="firmware", outcome="done") == 1
        assert sample(place.broker, "file_transfers_total", purpose="firmware", outcome="interrupted") == 1


@pytest.mark.parametrize("method", ["PUT", "POST", "form"])
async def test_a_station_brings_its_diagnostics_and_an_operator_gets_them(tmp_path, transport, method):
    """045_1."""
    more, context = transport
    async with at_work(tmp_path, configuration(tmp_path, **more), context) as place:
        assert (await place.do("get-diagnostics"))["fileName"] == "diag.zip"
        (url,) = place.locations
        await says(place, "DiagnosticsStatusNotification", "Uploading")
        data = FIRMWARE[:500_000]
        if method == "form":
            form = aiohttp.FormData()
            form.add_field("file", data, filename="diag.zip")
            assert await place.bring(url, form, "POST") == 200
        else:
            assert await place.bring(f"{url}/diag.zip", data, method) == 200
        await says(place, "DiagnosticsStatusNotification", "Uploaded")
        life = await place.life_with_transfer("diagnostics")
        (transfer,) = life["transfers"]
        assert (life["status"], life["fileName"], transfer["name"], transfer["ok"]) == (
            "Uploaded",
            "diag.zip",
            "diag.zip",
            True,
        )
        _, listed = await place.files()
        (row,) = listed["files"]
        assert (row["id"], row["identity"], row["purpose"], row["bytes"]) == (
            transfer["file"],
            STATION,
            "diagnostics",
            len(data),
        )
        assert await place.files(f"/{row['id']}") == (200, data)
        assert (await place.files(f"/{row['id']}", "DELETE"))[0] == 200
        assert (await place.files())[1] == {"files": []}
        assert os.listdir(tmp_path / "uploads") == []


async def test_an_upload_that_fails(tmp_path):
    """045_2: too large, then killed in the middle, then as it should be."""
    async with at_work(tmp_path, configuration(tmp_path)) as place:
        await place.do("get-diagnostics")
        (url,) = place.locations
        await says(place, "DiagnosticsStatusNotification", "Uploading")
        assert await place.bring(url, io.BytesIO(FIRMWARE)) == 413
        await says(place, "DiagnosticsStatusNotification", "UploadFailed")
        assert (await place.life("diagnostics"))["ended"] is True

        async def half():
            yield FIRMWARE[:200_000]
            raise ConnectionError("no power")

        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await place.bring(url, half())
        await until(lambda: sample(place.broker, "file_transfers_total", purpose="diagnostics", outcome="interrupted"))
        assert os.listdir(tmp_path / "uploads") == []
        await says(place, "DiagnosticsStatusNotification", "Uploading")
        assert await place.bring(url, FIRMWARE[:1000]) == 200
        await says(place, "DiagnosticsStatusNotification", "Uploaded")
        life = await place.life("diagnostics")
        assert [row["status"] for row in life["history"]] == ["Uploading", "UploadFailed", "Uploading", "Uploaded"]


async def test_a_restart_of_the_broker_in_between(tmp_path):
    settings = configuration(tmp_path)
    async with at_work(tmp_path, settings) as place:
        await place.do("update-firmware", file="v2.bin", retrieveDate="2999-01-01T00:00:00Z")
        await place.do("get-diagnostics")
        urls = [url.rsplit(str(place.broker.files.port), 1)[1] for url in place.locations]
    async with at_work(tmp_path, settings) as place:
        base = place.broker.files.url
        assert await place.fetch(base + urls[0]) == (200, FIRMWARE)
        assert await place.bring(base + urls[1], b"hello") == 200
        assert (await place.life("firmware"))["asked"]["retrieveDate"] == "2999-01-01T00:00:00Z"
        assert [row["bytes"] for row in (await place.files())[1]["files"]] == [5]
        database = b"".join(path.read_bytes() for path in tmp_path.glob("switchboard.db*"))
        assert not any(url[1:41].encode() in database for url in urls)


async def test_without_an_endpoint_other_servers_do(tmp_path):
    async with at_work(tmp_path, None) as place:
        for name, params in (("update-firmware", {"file": "v2.bin"}), ("get-diagnostics", {})):
            problem = await place.do(name, 409, **params)
            assert "section files" in problem["detail"]
        await place.do("update-firmware", location="ftp://user:secret@h.example/v2.bin")
        assert place.locations == ["ftp://user:secret@h.example/v2.bin"]
        assert (await place.life("firmware"))["asked"]["location"] == "ftp://***@h.example/v2.bin"
        assert (await place.files())[1] == {"files": []}


async def test_a_reload_brings_the_endpoint_and_takes_it_away(tmp_path):
    async with at_work(tmp_path, None) as place:
        path = place.broker.config_path
        for settings, status in ((configuration(tmp_path), 200), (None, 409)):
            sections = {} if settings is None else {"files": settings}
            path.write_text(json.dumps(document(listener(0), **sections)))
            assert await place.broker.reload() == []
            await place.do("get-diagnostics", status)
        with pytest.raises(aiohttp.ClientConnectorError):
            await place.bring(place.locations[0], b"hello")


async def test_what_an_upstream_asks_for_is_kept_too(tmp_path):
    async with SimulatedCsms() as csms:
        config = document(listener(0), primary="main", upstreams={"main": {"url": csms.url + "/{identity}"}})
        async with (
            running(tmp_path, config) as broker,
            aiohttp.ClientSession() as http,
            SimulatedStation(f"ws://127.0.0.1:{broker.ports['door']}/ocpp", STATION, Version.V16) as station,
        ):
            place = Place(broker, http)
            station.answers["UpdateFirmware"] = place.given
            place.station = station
            await station.boot()
            payload = {"location": "ftp://user:secret@h.example/v3.bin", "retrieveDate": "2026-01-01T00:00:00Z"}
            reply = await csms.call(STATION, "UpdateFirmware", payload)
            assert isinstance(reply, Reply)
            assert place.locations == [payload["location"]]
            await says(place, "FirmwareStatusNotification", "Downloading", "DownloadFailed")
            async with asyncio.timeout(10):  # in relay mode it is written down behind the messages
                while not ((life := await place.life("firmware")) and life["status"] == "DownloadFailed"):
                    await asyncio.sleep(0.01)
            assert (life["asked"]["by"], life["asked"]["location"]) == ("main", "ftp://***@h.example/v3.bin")
