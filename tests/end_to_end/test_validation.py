"""Validation by route, with the profile plugins loaded as they are by default."""

import json

import pytest
from e2e_kit import document, running, sample, url_of
from raw_kit import Scripted, beat, dialled, received, result

BAD = {
    "missing": {"errorCode": "NoError", "status": "Available"},
    "type": {"connectorId": "1", "errorCode": "NoError", "status": "Available"},
    "value": {"connectorId": 1, "errorCode": "NoError", "status": "Sleeping"},
    "unknown field": {"connectorId": 1, "errorCode": "NoError", "status": "Available", "colour": "red"},
}
CODES = {
    "missing": {"OccurenceConstraintViolation", "ProtocolError"},
    "type": {"TypeConstraintViolation"},
    "value": {"PropertyConstraintViolation"},
    "unknown field": {"FormationViolation"},
}


@pytest.mark.parametrize("fault", BAD)
async def test_the_local_csms_is_strict_with_the_code_of_the_fault_and_the_session_goes_on(tmp_path, fault):
    async with running(tmp_path, document()) as broker, dialled(url_of(broker, "A")) as ws:
        await ws.send(json.dumps([2, "1", "StatusNotification", BAD[fault]]))
        frame = await received(ws)
        assert frame[:2] == [4, "1"]
        assert frame[2] in CODES[fault]
        await beat(ws)


@pytest.mark.parametrize(("version", "action"), [("ocpp2.0.1", "BootNotification"), ("ocpp2.1", "BootNotification")])
async def test_the_local_csms_is_strict_in_2x_too(tmp_path, version, action):
    async with running(tmp_path, document()) as broker, dialled(url_of(broker, "A"), version) as ws:
        await ws.send(json.dumps([2, "1", action, {"reason": "PowerUp"}]))
        assert (await received(ws))[:3] == [4, "1", "OccurrenceConstraintViolation"]
        await ws.send(json.dumps([2, "2", action, {"reason": 1, "chargingStation": {"model": "M", "vendorName": "V"}}]))
        assert (await received(ws))[:3] == [4, "2", "TypeConstraintViolation"]


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction", "MeterValues"])
async def test_a_transaction_message_is_never_refused_for_its_shape(tmp_path, action):
    async with running(tmp_path, document()) as broker, dialled(url_of(broker, "A")) as ws:
        await ws.send(json.dumps([2, "1", action, {"nonsense": True}]))
        assert (await received(ws))[:2] == [3, "1"]
        assert sum(violations(broker)) == 1


@pytest.mark.parametrize(("level", "passed", "counted"), [("strict", 0, 4), ("lenient", 4, 4), ("off", 4, 0)])
async def test_a_relaying_route_validates_as_it_says(tmp_path, level, passed, counted):
    async with Scripted(lambda text: result(text, {})) as upstream:
        settings = document(upstreams=upstream.upstream(), primary="main")
        settings["routes"][0]["validation"] = {"from_station": level, "to_station": "off"}
        async with running(tmp_path, settings) as broker, dialled(url_of(broker, "A")) as ws:
            for fault, payload in BAD.items():
                await ws.send(json.dumps([2, fault, "StatusNotification", payload]))
                assert (await received(ws))[:2] == [3 if passed else 4, fault]
            assert len(upstream.frames) == passed
            assert sum(violations(broker)) == counted


def violations(broker):
    kinds = ("occurrence", "type", "property", "format", "protocol")
    labels = {"version": "ocpp1.6", "direction": "from_station"}
    return [sample(broker, "schema_violations_total", kind=kind, **labels) for kind in kinds]
