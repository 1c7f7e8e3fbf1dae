"""The quirks of stations, Q-01 to Q-40 of the field notes: who tests which, and the tests that need a whole broker.

Every number has a test called `test_qNN_...` somewhere in tests/; the last test here sees to that.

| number | what it is about | number | what it is about |
|---|---|---|---|
| 01 | percent-encoded identity | 21 | enum and unit variants |
| 02 | extra or missing path parts | 22 | over-long strings |
| 03 | identity alphabet | 23 | timestamps |
| 04 | unencoded request line | 24 | signed meter values |
| 05 | no or wrong subprotocol | 25 | compact frames |
| 06 | version changes between connections | 26 | large frames |
| 07 | broken upgrade headers | 27 | ping and pong |
| 08 | Basic auth, hex or bytes | 28 | half-open sockets, duplicates |
| 09 | user is not the identity | 29 | flapping and storms |
| 10 | message ids that repeat | 30 | no boot after a reconnect |
| 11 | odd message ids | 31 | messages before the boot |
| 12 | unknown message types | 32 | stuck on one bad answer |
| 13 | CALLRESULTERROR and SEND | 33 | compression |
| 14 | pipelining and crossing calls | 34 | old TLS |
| 15 | late and duplicate answers | 35 | trust anchors, no SNI |
| 16 | the shape of CALLERROR | 36 | a wrong clock at first boot |
| 17 | not JSON at all | 37 | odd transactionIds |
| 18 | BOM, binary, depth, surrogates | 38 | StartTransaction repeated |
| 19 | null and empty values | 39 | offline backlog |
| 20 | numbers and strings swapped | 40 | vendor traffic, unknown actions |

What of them belongs to later issues, and why, is in `LATER`.
"""

import asyncio
import itertools
import json
import re
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from e2e_kit import Pki, document, listener, running, sample, until, url_of
from raw_kit import Scripted, beat, dialled, received, result, usual

import certs

TESTS = Path(__file__).parents[1]
LATER = {
    17: "the repair hook that sees bytes before parsing comes with the repair plugins",
    19: "filling in and leaving out values is for the repair plugins; here such payloads pass",
    20: "rewriting numbers and strings is for the repair plugins; here nothing is refused for them",
    21: "normalising is for the repair plugins",
    29: "a limit of handshakes a second and a counter of flaps come with the security issue",
    31: "SecurityError before an accepted boot comes with the boot policy of the full profiles",
    34: "a listener for TLS 1.0 is not offered; the specification of 2.x forbids it",
}


def relayed(upstream, **more):
    return document(upstreams=upstream.upstream(), primary="main", **more)


# --- payloads ---------------------------------------------------------------------------------------------------------

NUMBERS = ["7", "7.5", '"7"', '"7.5"', '""', "null", "1e3", "-0.0"]


def swapped(number):
    yield (
        "StartTransaction",
        f'{{"connectorId":1,"idTag":"A","meterStart":{number},"timestamp":"2024-05-01T12:00:00Z"}}',
    )
    yield "StopTransaction", f'{{"transactionId":1,"meterStop":{number},"timestamp":"2024-05-01T12:00:00Z"}}'
    values = f'[{{"timestamp":"2024-05-01T12:00:00Z","sampledValue":[{{"value":{number}}}]}}]'
    yield "MeterValues", f'{{"connectorId":1,"transactionId":1,"meterValue":{values}}}'


@pytest.mark.parametrize("number", NUMBERS)
async def test_q20_a_number_for_a_string_or_the_reverse_strands_no_transaction(tmp_path, number):
    async with Scripted() as upstream:
        routes = [{"match": {"identity": "RELAY"}, "primary": "main"}, {"match": {}, "primary": "local"}]
        async with running(tmp_path, document(upstreams=upstream.upstream(), routes=routes)) as broker:
            for identity in ("RELAY", "LOCAL"):
                async with dialled(url_of(broker, identity)) as ws:
                    for action, payload in swapped(number):
                        await ws.send(f'[2,"{action}","{action}",{payload}]')
                        assert (await received(ws))[:2] == [3, action]
        assert [text.split(",", 2)[2] for text in upstream.frames] == [
            f'"{action}",{payload}]' for action, payload in swapped(number)
        ]


@pytest.mark.parametrize("number", [-1, 0, 2**31 - 1, 2**31, 2**63 - 1, 10**30])
async def test_q37_any_integer_is_a_transaction_id(tmp_path, number):
    async with Scripted() as upstream:
        routes = [{"match": {"identity": "RELAY"}, "primary": "main"}, {"match": {}, "primary": "local"}]
        async with running(tmp_path, document(upstreams=upstream.upstream(), routes=routes)) as broker:
            for identity in ("RELAY", "LOCAL"):
                async with dialled(url_of(broker, identity)) as ws:
                    for action in ("MeterValues", "StopTransaction", "StopTransaction"):
                        await ws.send(json.dumps([2, action, action, meter(action, number)]))
                        assert (await received(ws))[:2] == [3, action]
        sent = [json.loads(text)[3]["transactionId"] for text in upstream.frames]
        assert sent == [number] * 2, "the second StopTransaction is the first again"


def meter(action, number):
    now = "2024-05-01T12:00:00Z"
    if action == "StopTransaction":
        return {"transactionId": number, "meterStop": 1, "timestamp": now}
    values = [{"timestamp": now, "sampledValue": [{"value": "1"}]}]
    return {"connectorId": 1, "transactionId": number, "meterValue": values}


async def test_q37_our_own_transaction_ids_fit_into_32_bits_and_differ(tmp_path):
    async with running(tmp_path, document()) as broker, dialled(url_of(broker, "A")) as ws:
        ids = [await start(ws, connector, str(connector)) for connector in range(1, 30)]
        assert len(set(ids)) == len(ids)
        assert all(1 <= number < 2**31 for number in ids)


async def start(ws, connector, message_id, timestamp="2024-05-01T12:00:00Z"):
    payload = {"connectorId": connector, "idTag": "A", "meterStart": 5, "timestamp": timestamp}
    await ws.send(json.dumps([2, message_id, "StartTransaction", payload]))
    answer = await received(ws)
    assert answer[:2] == [3, message_id]
    return answer[2]["transactionId"]


async def test_q38_a_start_whose_answer_was_lost_is_one_transaction(tmp_path):
    async with running(tmp_path, document()) as broker:
        async with dialled(url_of(broker, "A")) as ws:
            first = await start(ws, 1, "1")
            assert await start(ws, 1, "2") == first
            assert await start(ws, 2, "3") != first, "another connector in the same second is another transaction"
        async with dialled(url_of(broker, "A")) as ws:
            assert await start(ws, 1, "1") == first
            assert await start(ws, 1, "4", "2024-05-01T12:00:01Z") != first
        async with dialled(url_of(broker, "B")) as ws:
            assert await start(ws, 1, "1") != first, "another station's transaction is another one"


# --- connections ------------------------------------------------------------------------------------------------------


async def test_q29_a_storm_of_reconnects_is_served_and_leaves_nothing_behind(tmp_path):
    async with Scripted() as upstream, running(tmp_path, relayed(upstream)) as broker:
        async with dialled(url_of(broker, "S0")) as ws:
            await beat(ws)
        await until(lambda: not len(broker.sessions))
        before = len(asyncio.all_tasks())

        async def station(number):
            async with dialled(url_of(broker, f"S{number}")) as ws:
                await beat(ws)
                ws.transport.abort()  # power loss: no close frame
            async with dialled(url_of(broker, f"S{number}")) as ws:
                await beat(ws)

        await asyncio.gather(*map(station, range(60)))
        await until(lambda: not len(broker.sessions))
        await until(lambda: sample(broker, "upstream_links", upstream="main") == 0)
        await until(lambda: len(asyncio.all_tasks()) <= before)
        assert broker.sessions.all() == []
        assert sample(broker, "upstream_dial_failures_total", upstream="main", reason="refused") == 0


async def test_q30_a_station_that_does_not_boot_again_is_served_at_once(tmp_path):
    async with Scripted() as upstream, running(tmp_path, relayed(upstream)) as broker:
        for connection in range(2):
            async with dialled(url_of(broker, "A")) as ws:
                if connection == 0:
                    await ws.send('[2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]')
                    await received(ws)
                await beat(ws)
                await until(lambda n=connection: len(upstream.links) == n + 1)
                await upstream.links[-1].send('[2,"u","GetConfiguration",{}]')
                await ws.send(result(await ws.recv(), {}))
        await until(lambda: upstream.frames.count('[3,"u",{}]') == 2)
        assert upstream.actions == ["BootNotification", "Heartbeat", "Heartbeat"], "nothing is made up for the upstream"


FIRST = {
    "BootNotification": {"chargePointVendor": "V", "chargePointModel": "M"},
    "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    "Heartbeat": {},
}


@pytest.mark.parametrize("order", list(itertools.permutations(FIRST)))
async def test_q31_messages_before_the_boot_are_answered_and_forwarded(tmp_path, order):
    async with Scripted() as upstream:
        routes = [{"match": {"identity": "RELAY"}, "primary": "main"}, {"match": {}, "primary": "local"}]
        async with running(tmp_path, document(upstreams=upstream.upstream(), routes=routes)) as broker:
            for identity in ("RELAY", "LOCAL"):
                async with dialled(url_of(broker, identity)) as ws:
                    for action in order:
                        await ws.send(json.dumps([2, action, action, FIRST[action]]))
                    assert [(await received(ws))[:2] for _ in order] == [[3, action] for action in order]
        assert upstream.actions == list(order)


async def test_q32_a_station_that_repeats_until_it_gets_a_good_answer_makes_progress(tmp_path):
    answers = [
        lambda text: "[3,",
        lambda text: json.dumps([3, json.loads(text)[1]]),
        lambda text: json.dumps([3, json.loads(text)[1], "Accepted"]),
        lambda text: result(text, {"idTagInfo": {"status": "Accepted"}}),
    ]
    async with Scripted(lambda text: answers.pop(0)(text)) as upstream:
        settings = document(upstreams=upstream.upstream(call_timeout=0.4), primary="main")
        async with running(tmp_path, settings) as broker, dialled(url_of(broker, "A")) as ws:
            codes = []
            for _ in range(4):
                await ws.send('[2,"same id","StopTransaction",{"transactionId":1,"meterStop":2}]')
                frame = await received(ws)
                codes.append(frame[2] if frame[0] == 4 else "result")
            assert codes == ["GenericError", "InternalError", "InternalError", "result"]
            assert len(upstream.links) == 1


async def test_q32_an_answer_of_an_upstream_against_the_schema_does_not_reach_a_strict_route(tmp_path):
    async with Scripted(lambda text: result(text, {"currentTime": 7})) as upstream:
        settings = relayed(upstream)
        settings["routes"][0]["validation"] = {"from_station": "lenient", "to_station": "strict"}
        async with running(tmp_path, settings) as broker, dialled(url_of(broker, "A")) as ws:
            await ws.send('[2,"1","Heartbeat",{}]')
            assert (await received(ws))[:3] == [4, "1", "InternalError"]
            upstream.answer = usual
            await beat(ws)


async def test_q39_a_long_offline_backlog_keeps_its_order_and_holds_up_nobody_else(tmp_path):
    count = 4100  # what one model was seen to send at its first connection

    def slow(text):
        return usual(text) if let_go.is_set() or "BACKLOG" not in text else None

    let_go = asyncio.Event()
    async with Scripted(slow) as upstream, running(tmp_path, relayed(upstream)) as broker:
        async with dialled(url_of(broker, "OLD")) as old, dialled(url_of(broker, "LIVE")) as live:
            sending = asyncio.create_task(send_backlog(old, count))
            await until(lambda: upstream.frames)
            for number in range(50):  # while the other one's first message is not answered yet
                await beat(live, str(number))
            let_go.set()
            link = next(one for one in upstream.links if one.request.path == "/OLD")
            await link.send(usual(next(text for text in upstream.frames if "BACKLOG" in text)))
            got = [(await received(old))[:2] for _ in range(count)]
            await sending
        assert got == [[3, str(number)] for number in range(count)]
        backlog = [json.loads(text)[3]["data"] for text in upstream.frames if "BACKLOG" in text]
        assert backlog == [f"BACKLOG {number}" for number in range(count)]


async def send_backlog(ws, count):
    for number in range(count):
        await ws.send(json.dumps([2, str(number), "DataTransfer", {"vendorId": "V", "data": f"BACKLOG {number}"}]))


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
async def test_q34_old_tls_is_refused_and_seen(tmp_path, pki, version):
    async with running(tmp_path, document(listener(2, pki))) as broker:
        process = await asyncio.create_subprocess_exec(
            "openssl", "s_client", version, "-cipher", "ALL:@SECLEVEL=0",
            "-connect", f"127.0.0.1:{broker.ports['door']}",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        assert b"Cipher is (NONE)" in output
        await until(lambda: sample(broker, "handshakes_refused_total", reason="tls") == 1)


async def test_q36_certificate_alerts_of_a_station_with_a_wrong_clock_are_seen_and_ban_nobody(tmp_path):
    pki = Pki(tmp_path, organization="Depot")
    certs.issue_station(pki.folder, "A")
    good = pki.servers
    pki.servers = certs.issue_server(
        pki.folder, ["127.0.0.1"], backdate=timedelta(days=-1)
    )  # not valid before tomorrow
    settings = document(listener(3, pki), stations={"known": [{"identity": "A"}]})
    async with running(tmp_path, settings) as broker:
        for _ in range(20):
            with pytest.raises(ssl.SSLCertVerificationError, match="not yet valid"):
                async with dialled(url_of(broker, "A"), ssl=pki.client("A")):
                    pytest.fail("the station has let it pass")
        await until(lambda: sample(broker, "handshakes_refused_total", reason="tls") == 20)
        pki.serve()  # the same as a clock that was set right
        assert [one.certificate for one in pki.servers] == [one.certificate for one in good]
        assert await broker.reload() == []
        async with dialled(url_of(broker, "A"), ssl=pki.client("A")) as ws:
            await beat(ws)


# --- the table --------------------------------------------------------------------------------------------------------


def numbers_with_a_test():
    """The numbers that have a test of their name."""
    files = (path for path in TESTS.rglob("test_*.py"))
    found = (re.findall(r"^(?:async )?def test_q(\d\d)_\w+\(", path.read_text(), re.MULTILINE) for path in files)
    return {int(number) for numbers in found for number in numbers}


def test_every_quirk_has_a_test_of_its_name_and_a_line_in_the_table():
    listed = {int(number) for number in re.findall(r"\| (\d\d) \|", __doc__)}
    assert listed == set(range(1, 41))
    assert listed - numbers_with_a_test() == set()
    assert set(LATER) <= listed
