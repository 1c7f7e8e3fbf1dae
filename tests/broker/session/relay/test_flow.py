"""The way of a message, both directions, on real sockets: what every OCPP broker must get right."""

import asyncio
import json

import pytest
from session_kit import Upstream, rig

from broker.ocpp import Version

ODD = '{ "b":1.50,"a" : [1e400,  0.0],"é":"\\u00e9", "unknown":{"x":null}}'


async def test_a_payload_nobody_changed_is_byte_identical_both_ways(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send(f'[2,"1","DataTransfer",{ODD}]')
        frame = await upstream.next()
        message_id = json.loads(frame)[1]
        assert frame == f'[2,"{message_id}","DataTransfer",{ODD}]'
        await upstream.ws.send_str(f'[3, "{message_id}", {ODD} ]')
        assert await station.text() == f'[3,"1",{ODD}]'

        await upstream.ws.send_str(f'[2,"up1","DataTransfer",{ODD}]')
        frame = await station.text()
        message_id = json.loads(frame)[1]
        assert frame == f'[2,"{message_id}","DataTransfer",{ODD}]'
        await station.send(f'[3,"{message_id}",{ODD}]')
        assert await upstream.next() == f'[3,"up1",{ODD}]'


async def test_message_ids_are_the_brokers_own_on_each_leg(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"same","Heartbeat",{}]')
        to_upstream = json.loads(await upstream.next())
        await upstream.ws.send_str('[2,"same","ClearCache",{}]')
        to_station = await station.json()
        assert "same" not in (to_upstream[1], to_station[1])
        assert to_upstream[1] != to_station[1]
        await station.send(json.dumps([3, to_station[1], {"status": "Accepted"}]))
        assert json.loads(await upstream.next()) == [3, "same", {"status": "Accepted"}]
        await upstream.ws.send_str(json.dumps([3, to_upstream[1], {"currentTime": "now"}]))
        assert await station.json() == [3, "same", {"currentTime": "now"}]


async def test_calls_before_the_upstream_is_up_wait_and_keep_their_order(upstream):
    """Two of the peers that were measured lose the first BootNotification of nearly every station."""
    upstream.hold_handshake = asyncio.Event()
    async with rig(upstream) as r:
        station = await r.connect()
        for n in range(5):
            await station.send(f'[2,"{n}","Call{n}",{{}}]')
        await asyncio.sleep(0.05)
        upstream.hold_handshake.set()
        assert [(await station.json())[1:] for _ in range(5)] == [[str(n), {"for": f"Call{n}"}] for n in range(5)]


async def test_q14_pipelined_calls_go_upstream_one_at_a_time_and_are_answered_in_order(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        for n in range(50):
            await station.send(f'[2,"{n}","Heartbeat",{{}}]')
        for n in range(50):
            frame = json.loads(await upstream.next())
            await asyncio.sleep(0)
            assert upstream.frames.empty(), "a second call is open"
            await upstream.ws.send_str(json.dumps([3, frame[1], {"n": n}]))
            assert await station.json() == [3, str(n), {"n": n}]
        assert r.sample("switchboard_queue_seconds_count", direction="from_station") >= 49
        assert r.sample("switchboard_upstream_seconds_count", upstream="main") == 50


async def test_a_station_with_too_many_unanswered_calls_is_not_read_and_loses_nothing(upstream):
    upstream.auto = False
    async with rig(upstream, route="queue: 4") as r:
        station = await r.connect()
        for n in range(40):
            await station.send(f'[2,"{n}","Heartbeat",{{}}]')
        first = json.loads(await upstream.next())
        await r.until(lambda: r.session.station.reading_paused)
        assert r.session.station.exchange.inbound == 4
        await upstream.ws.send_str(json.dumps([3, first[1], {}]))
        for _ in range(39):
            frame = json.loads(await upstream.next())
            await upstream.ws.send_str(json.dumps([3, frame[1], {}]))
        assert [(await station.json())[1] for _ in range(40)] == [str(n) for n in range(40)]


async def test_q10_a_retry_in_flight_is_forwarded_once_and_answered_as_often_as_it_was_asked(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        for _ in range(3):
            await station.send('[2,"7","Authorize",{"idTag":"A"}]')
        frame = json.loads(await upstream.next())
        await asyncio.sleep(0.05)
        assert upstream.frames.empty()
        await upstream.ws.send_str(json.dumps([3, frame[1], {"n": 1}]))
        assert [await station.json() for _ in range(3)] == [[3, "7", {"n": 1}]] * 3


async def test_a_message_id_in_use_for_another_call_is_an_error_and_the_first_goes_on(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"7","Authorize",{"idTag":"A"}]')
        await station.send('[2,"7","Authorize",{"idTag":"B"}]')
        assert (await station.json())[:3] == [4, "7", "ProtocolError"]
        frame = json.loads(await upstream.next())
        await upstream.ws.send_str(json.dumps([3, frame[1], {"n": 1}]))
        assert await station.json() == [3, "7", {"n": 1}]


async def test_q11_a_number_as_message_id_is_echoed_as_a_number(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,12,"Heartbeat",{}]')
        assert await station.json() == [3, 12, {"for": "Heartbeat"}]


async def test_q15_late_duplicate_and_unknown_replies_are_dropped_and_counted(upstream):
    upstream.auto = False
    async with rig(upstream, upstream_options="call_timeout: 0.2") as r:
        station = await r.connect()
        await upstream.connected()
        await station.send('[2,"1","Heartbeat",{}]')
        late = json.loads(await upstream.next())[1]
        assert (await station.json())[:3] == [4, "1", "GenericError"]
        await upstream.ws.send_str(json.dumps([3, late, {}]))
        await upstream.ws.send_str(json.dumps([3, late, {}]))
        await upstream.ws.send_str('[3,"never asked",{}]')
        count = "switchboard_unmatched_replies_total"
        await r.until(lambda: r.sample(count, leg="upstream", reason="unknown") == 1)
        assert r.sample(count, leg="upstream", reason="late") == 1
        assert r.sample(count, leg="upstream", reason="duplicate") == 1
        await station.send('[2,"2","Heartbeat",{}]')
        frame = json.loads(await upstream.next())
        await upstream.ws.send_str(json.dumps([3, frame[1], {"n": 2}]))
        assert await station.json() == [3, "2", {"n": 2}]


async def test_q16_an_error_of_the_upstream_reaches_the_station_as_it_is(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        frame = json.loads(await upstream.next())
        await upstream.ws.send_str(f'[4,"{frame[1]}","WhateverError","text","details as text"]')
        assert await station.text() == '[4,"1","WhateverError","text","details as text"]'


async def test_a_malformed_answer_is_told_to_the_caller_at_once(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        frame = json.loads(await upstream.next())
        await upstream.ws.send_str(f'[3,"{frame[1]}"]')
        assert (await station.json())[:3] == [4, "1", "InternalError"]
        assert r.sample("switchboard_bad_frames_total", leg="upstream", reason="missing_elements") == 1


async def test_garbage_of_an_upstream_hurts_nobody(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await upstream.connected()
        for garbage in ("", "null", "[", "[2]", '[9,"1",{}]', "[" * 5000, "\ufeff", "[3,null,{}]", '{"a":1}'):
            await upstream.ws.send_str(garbage)
        await upstream.ws.send_bytes(b"\xff\xfe")
        upstream.auto = True
        await station.send('[2,"1","Heartbeat",{}]')
        assert await station.json() == [3, "1", {"for": "Heartbeat"}]


async def test_both_sides_may_have_a_call_open_at_once(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await upstream.connected()
        await upstream.ws.send_str('[2,"u","ClearCache",{}]')
        asked = await station.json()
        await station.send('[2,"s","Heartbeat",{}]')
        frame = json.loads(await upstream.next())
        await upstream.ws.send_str(json.dumps([3, frame[1], {}]))
        assert await station.json() == [3, "s", {}]
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        assert json.loads(await upstream.next()) == [3, "u", {"status": "Accepted"}]


async def test_half_duplex_holds_calls_to_the_station_while_it_has_one_open(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect(half_duplex=True)
        await station.send('[2,"s","Heartbeat",{}]')
        frame = json.loads(await upstream.next())
        await upstream.ws.send_str('[2,"u","ClearCache",{}]')
        await r.until(lambda: r.session.station.exchange.waiting == 1)
        await upstream.ws.send_str(json.dumps([3, frame[1], {}]))
        assert (await station.json())[0] == 3
        assert (await station.json())[2] == "ClearCache"


async def test_calls_to_a_station_beyond_its_queue_are_answered_with_an_error(upstream):
    upstream.auto = False
    async with rig(upstream, limits="queue: 2") as r:
        station = await r.connect()
        await upstream.connected()
        for n in range(5):
            await upstream.ws.send_str(f'[2,"u{n}","ClearCache",{{}}]')
        refused = [json.loads(await upstream.next()) for _ in range(2)]
        assert [(f[0], f[1], f[2]) for f in refused] == [(4, "u3", "InternalError"), (4, "u4", "InternalError")]
        assert r.sample("switchboard_limit_hits_total", limit="queue") == 2
        assert not station.ws.closed


@pytest.mark.parametrize("version", list(Version))
async def test_a_bad_frame_gets_the_answer_of_its_version_and_the_session_goes_on(version):
    upstream = Upstream(version.value)
    await upstream.start()
    async with rig(upstream) as r:
        station = await r.connect(version=version, subprotocol=version.value)
        await station.send('[2,"1","Heartbeat"]')
        code = (await station.json())[2]
        assert code == "ProtocolError"
        await station.send('[2,"2","Heartbeat",[]]')
        code = (await station.json())[2]
        assert code == ("FormationViolation" if version is Version.V16 else "FormatViolation")
        await station.send('[2,"3","Heartbeat",{}]')
        assert (await station.json())[:2] == [3, "3"]
    await upstream.stop()


async def test_q13_send_is_forwarded_without_an_answer_and_holds_nobody_up():
    upstream = Upstream("ocpp2.1")
    upstream.auto = False
    await upstream.start()
    async with rig(upstream) as r:
        station = await r.connect(version=Version.V21, subprotocol="ocpp2.1")
        await station.send('[2,"1","Heartbeat",{}]')
        call = json.loads(await upstream.next())
        await station.send('[6,"2","NotifyPeriodicEventStream",{"id":1}]')
        send = json.loads(await upstream.next())
        assert send[0] == 6
        assert send[2:] == ["NotifyPeriodicEventStream", {"id": 1}]
        await upstream.ws.send_str(json.dumps([3, call[1], {}]))
        assert await station.json() == [3, "1", {}]
        assert r.session.station.exchange.inbound == 0
    await upstream.stop()


async def test_q13_callresulterror_reaches_whoever_gave_the_answer_under_its_own_id():
    upstream = Upstream("ocpp2.1")
    upstream.auto = False
    await upstream.start()
    async with rig(upstream) as r:
        station = await r.connect(version=Version.V21, subprotocol="ocpp2.1")
        await station.send('[2,"1","Authorize",{"idToken":{"idToken":"A","type":"Central"}}]')
        call = json.loads(await upstream.next())
        await upstream.ws.send_str(json.dumps([3, call[1], {"idTokenInfo": {"status": "Accepted"}}]))
        await station.text()
        await station.send('[5,"1","FormatViolation","bad tariff",{}]')
        assert json.loads(await upstream.next()) == [5, call[1], "FormatViolation", "bad tariff", {}]
    await upstream.stop()


# --- validation -----


async def test_strict_validation_refuses_with_the_code_of_the_violation(upstream):
    async with rig(upstream, route="validation: strict") as r:
        station = await r.connect()
        await station.send('[2,"1","Authorize",{}]')
        assert (await station.json())[:3] == [4, "1", "OccurenceConstraintViolation"]
        await station.send('[2,"2","Authorize",{"idTag":7}]')
        assert (await station.json())[:3] == [4, "2", "TypeConstraintViolation"]
        assert upstream.frames.empty()


async def test_strict_validation_never_refuses_a_transaction_message(upstream):
    async with rig(upstream, route="validation: strict") as r:
        station = await r.connect()
        await station.send('[2,"1","StopTransaction",{"meterStop":1.5}]')
        assert (await station.json())[:2] == [3, "1"]
        assert json.loads(await upstream.next())[2:] == ["StopTransaction", {"meterStop": 1.5}]
        violations = r.shared.metrics._violations
        assert sum(n for (_, direction, _), n in violations.items() if direction == "from_station") == 1


async def test_lenient_validation_counts_and_passes(upstream):
    async with rig(upstream, route="validation: lenient") as r:
        station = await r.connect()
        await station.send('[2,"1","Authorize",{}]')
        assert await station.json() == [3, "1", {"for": "Authorize"}]
        sample = "switchboard_schema_violations_total"
        assert r.sample(sample, version="ocpp1.6", direction="from_station", kind="occurrence") == 1
        assert r.sample(sample, version="ocpp1.6", direction="to_station", kind="format") == 1


async def test_q40_unknown_actions_are_relayed(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"1","VendorThing",{"x":[1]}]')
        assert await station.json() == [3, "1", {"for": "VendorThing"}]
        labels = {"version": "ocpp1.6", "direction": "from_station", "outcome": "result"}
        assert r.sample("switchboard_calls_total", action="other", **labels) == 1


async def test_local_answers_not_supported_and_not_implemented_where_no_plugin_does():
    async with rig() as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        assert (await station.json())[:3] == [4, "1", "NotSupported"]
        await station.send('[2,"2","VendorThing",{}]')
        assert (await station.json())[:3] == [4, "2", "NotImplemented"]


# --- plugins -----
