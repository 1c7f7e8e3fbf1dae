"""Canary secrets go in at every place that takes one; at the most talkative log level none comes out anywhere."""

import asyncio
import json
import secrets
import signal
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiohttp import ClientSession
from e2e_kit import basic, document, listener, running, until, url_of
from process_kit import Served, run
from raw_kit import Scripted, closed, dialled, received, refused, result, usual
from websockets import ConnectionClosed


class Canaries(dict):
    """A new secret for each name, of a form that could stand nowhere by chance."""

    def __missing__(self, name):
        self[name] = f"Canary{secrets.token_hex(8)}"
        return self[name]

    def seen_in(self, text):
        return sorted(name for name, secret in self.items() if secret in text)


def settings(canary, upstream, pki):
    main = upstream.upstream(
        auth={"basic": {"password": canary["upstream password"]}}, headers={"X-Api-Key": canary["header"]}
    )["main"]
    dead = {"dead": {**main, "url": "ws://127.0.0.1:1/{identity}", "reconnect": {"initial": 0.05, "maximum": 0.1}}}
    known = [
        {"identity": "A", "password": canary["station password"]},
        {"identity": "B", "password": canary["password of B"]},
        {"identity": "L", "password": canary["password of L"]},
    ]
    routes = [
        {"match": {"identity": "A"}, "primary": "main", "credentials": "adopt", "grants": "all", "boot_grace": 0},
        {"match": {"identity": "B"}, "primary": "dead"},
        {"match": {}, "primary": "local"},
    ]
    made = document(
        listener(1), listener(2, pki, name="secure"), stations={"known": known}, upstreams={"main": main, **dead},
        routes=routes, logging={"format": "json", "level": "debug"},
    )  # fmt: skip
    made["admin"]["tokens"] = [{"name": "ops", "role": "admin", "token": canary["admin token"]}]
    return made


def fetched(url, token, body=None):
    """What the admin listener answers, whatever its status."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(url, None if body is None else json.dumps(body).encode(), headers)
    try:
        with urlopen(request, timeout=20) as answer:
            return answer.read().decode()
    except HTTPError as error:
        return error.read().decode()


@pytest.fixture
def canary():
    return Canaries()


async def test_no_secret_comes_out_anywhere(tmp_path, pki, canary):
    async with Scripted(usual) as upstream:
        served = Served(tmp_path, settings(canary, upstream, pki))
        try:
            outputs = await live(served, upstream, canary, pki)
        finally:
            served.kill()
        outputs["log"] = served.log
    for action in ("ChangeConfiguration", "GetDiagnostics", "StartTransaction", "Authorize", "SetVariables"):
        assert action in outputs["events"], "the live view has to have shown it"
    for told in ("station connected", "handshake refused", "upstream not reached", "bad frame", "not reloaded"):
        assert told in outputs["log"]
    assert upstream.links[0].request.headers["Authorization"] == basic("A", canary["upstream password"])
    assert len(canary) >= 15
    assert {name: found for name, text in outputs.items() if (found := canary.seen_in(text))} == {}
    assert all(outputs.values())


async def live(served, upstream, canary, pki):
    """Everything that happens in a broker's life; returns what it said to anybody but the right one."""
    token = canary["admin token"]
    outputs = {}
    async with ClientSession() as client:
        watching = asyncio.create_task(watch(client, served, token, outputs))
        await until(lambda: "events" in outputs)
        await refusals(served, canary, pki)
        await messages(served, upstream, canary)
        outputs |= await asyncio.to_thread(answers, served, canary)
        watching.cancel()
    for name, arguments in {
        "tail of nothing": ("tail", "--token", canary["wrong token of a command"]),
        "stations": ("stations", "show", "A", "--token", token),
        "plugins": ("plugins", "list", "--running", "--token", token),
        "show": ("plugins", "show", "ocpp16.core", "-c", str(served.config)),
    }.items():
        done = await served.cli(*arguments)
        outputs[name] = done.stdout + done.stderr
    outputs |= await wrong_files(served, canary, token)
    served.send(signal.SIGTERM)
    assert await served.exit_code() == 0
    return outputs


async def watch(client, served, token, outputs):
    url = f"{served.admin}/api/v1/events"
    async with client.get(url, headers={"Authorization": f"Bearer {token}"}) as stream:
        assert stream.status == 200
        async for data in stream.content:
            outputs["events"] = outputs.get("events", "") + data.decode()


async def refusals(served, canary, pki):
    """Handshakes with secrets in the wrong place."""
    wrong = {"Authorization": basic("A", canary["wrong password"])}
    assert await refused(served.url("A"), additional_headers=wrong) == 401
    assert await refused(served.url("B"), additional_headers={"Authorization": "Basic " + canary["no base64"]}) == 401
    bearer = {"Authorization": "Bearer " + canary["bearer"]}
    assert await refused(served.url("A"), additional_headers=bearer) == 401
    right = {"Authorization": basic("A", canary["station password"])}
    assert await refused(served.url(f"nobody?token={canary['query']}"), additional_headers=right) == 404
    assert await refused(served.url("A"), "mqtt", additional_headers=right) == 400
    assert await refused(served.url("A", "secure"), additional_headers=wrong, ssl=pki.client()) == 401
    reader, writer = await asyncio.open_connection(*served.url("A").split("/")[2].split(":"))
    header = f"Authorization {canary['header without a colon']}"
    writer.write(f"GET /ocpp/A HTTP/1.1\r\n{header}\r\n\r\n".encode())
    await reader.read()
    writer.close()


async def messages(served, upstream, canary):
    """Messages with secrets, in both directions, good ones and bad ones."""
    mine = {"additional_headers": {"Authorization": basic("A", canary["station password"])}}
    async with dialled(served.url("A"), **mine) as ws:
        await until(lambda: upstream.links)
        for key in ("AuthorizationKey", "authorizationkey"):
            change = {"key": key, "value": canary[f"{key} from the upstream"]}
            await upstream.links[0].send(json.dumps([2, key, "ChangeConfiguration", change]))
            frame = await ws.recv()
            assert canary[f"{key} from the upstream"] in frame, "the station has to get it"
            await ws.send(result(frame, {"status": "Accepted"}))
        log = {"location": f"ftp://user:{canary['password in a URL']}@ftp.example.com/"}
        await upstream.links[0].send(json.dumps([2, "log", "GetDiagnostics", log]))
        await ws.send(result(await ws.recv(), {}))
        await ws.send('[2,"x","ChangeConfiguration",{"key":"AuthorizationKey","value":"' + canary["broken frame"])
        assert (await received(ws))[:2] == [4, "x"]
        await ws.send(json.dumps([2, "y", "StartTransaction", {"password": canary["against the schema"]}]))
        await received(ws)
    dead = {"additional_headers": {"Authorization": basic("B", canary["password of B"])}}
    async with dialled(served.url("B"), **dead):
        await served.said("upstream not reached")
    local = {"additional_headers": {"Authorization": basic("L", canary["password of L"])}}
    async with dialled(served.url("L"), "ocpp2.0.1", **local) as ws:
        pin = {"idToken": {"idToken": canary["PIN"], "type": "KeyCode"}}
        await ws.send(json.dumps([2, "1", "Authorize", pin]))
        assert (await received(ws))[0] == 3
        answering = asyncio.create_task(answer(ws))
        variable = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
        data = {"setVariableData": [{**variable, "attributeValue": canary["BasicAuthPassword"]}]}
        body = {"action": "SetVariables", "payload": data}
        url = f"{served.admin}/api/v1/stations/L/calls"
        assert '"result"' in await asyncio.to_thread(fetched, url, canary["admin token"], body)
        await asyncio.to_thread(refuse_calls, url, canary)
        await ws.close()
        await answering


async def answer(ws):
    with suppress(ConnectionClosed):
        while True:
            text = await ws.recv()
            payload = json.loads(text)[3]["setVariableData"][0]
            told = {"component": payload["component"], "variable": payload["variable"], "attributeStatus": "Accepted"}
            await ws.send(result(text, {"setVariableResult": [told]}))


def refuse_calls(url, canary):
    """Calls of the API that are refused: what is said of them must not quote them."""
    token = canary["admin token"]
    for payload in (
        {"setVariableData": canary["refused payload"]},
        {"setVariableData": [{"attributeValue": canary["refused value"], "password": 1}]},
    ):
        told = fetched(url, token, {"action": "SetVariables", "payload": payload})
        assert '"status":422' in told
        assert canary.seen_in(told) == []
    told = fetched(url, canary["wrong token"], {"action": "Reset", "payload": {}})
    assert '"status":401' in told
    assert canary.seen_in(told) == []


def answers(served, canary):
    paths = ("/metrics", "/healthz", "/readyz", "/api/v1/stations", "/api/v1/stations/A", "/api/v1/plugins",
             "/api/v1/openapi.json", "/api/v1/nothing")  # fmt: skip
    return {path: fetched(served.admin + path, canary["admin token"]) for path in paths}


async def wrong_files(served, canary, token):
    """A configuration whose secrets stand where they make it wrong, for `check`, `serve`, a reload and SIGHUP."""
    good = json.loads(served.config.read_text())
    bad = json.loads(served.config.read_text())
    bad["stations"]["known"][0]["password"] = f"sha256${canary['bad digest']}"
    bad["stations"]["known"][1]["pasword"] = canary["misspelt key"]
    bad["stations"]["known"][2]["password"] = [canary["wrong type"]]
    bad["upstreams"]["main"]["auth"]["basic"]["passwort"] = canary["misspelt upstream key"]
    bad["upstreams"]["main"]["url"] = f"http://user:{canary['password in the URL']}@example.com/{{identity}}"
    bad["upstreams"]["dead"]["headers"] = {"X-Api-Key": [canary["header of a wrong type"]]}
    bad["admin"]["tokens"] = [{"name": "x", "role": "king", "token": canary["token of a king"]}]
    bad["plugins"] = [{"ocpp16.core": {"password": canary["option of a plugin"]}}]
    served.write(bad)
    told = {}
    for name, arguments in {
        "check": ("check", "-c", str(served.config)),
        "check --json": ("check", "-c", str(served.config), "--json"),
        "serve": ("serve", "-c", str(served.config)),
        "chains": ("plugins", "chains", "-c", str(served.config)),
    }.items():
        done = await run(*arguments, cwd=served.folder)
        assert done.returncode == 2, done.stderr
        told[name] = done.stdout + done.stderr
    done = await served.cli("reload", "--token", token)
    assert done.returncode == 2
    told["reload"] = done.stdout + done.stderr
    served.send(signal.SIGHUP)
    await served.said("not reloaded")
    served.write(json.dumps(good)[:-9] + f"password: {canary['broken file']}")
    done = await served.cli("reload", "--token", token)
    assert done.returncode == 2
    told["broken file"] = done.stdout + done.stderr
    return told


async def test_the_upstream_never_sees_the_stations_password_nor_the_station_the_upstreams(tmp_path, canary):
    stations = {"known": [{"identity": "A", "password": canary["station"]}]}
    async with Scripted(usual) as upstream:
        main = upstream.upstream(auth={"basic": {"password": canary["upstream"]}})
        async with running(
            tmp_path, document(listener(1), stations=stations, upstreams=main, primary="main")
        ) as broker:
            headers = {"Authorization": basic("A", canary["station"])}
            async with dialled(url_of(broker, "A"), additional_headers=headers) as ws:
                await until(lambda: upstream.links)
                seen_by_station = str(ws.response.headers)
                await ws.close()
                assert await closed(ws) == 1000
        assert basic("A", canary["station"]) not in str(upstream.links[0].request.headers)
        assert basic("A", canary["upstream"]) not in seen_by_station
        assert canary.seen_in(seen_by_station) == []
