"""A candidate beside the primary: what is compared, and what it is told of drivers, serial numbers and meter values."""

import asyncio
import json

import pytest
from aiohttp import ClientSession
from e2e_kit import TOKEN, WAIT, running, until, url_of
from process_kit import run
from watched_kit import ACCEPTED, FAIL, NOW, Backend, Operator, behind, boot, event, start, station, stop

SECRET_TAG = "04A2B3C4D5"
BLOCKED = {"idTagInfo": {"status": "Blocked"}}


def compared(*backends, **more):
    secondaries = [{"upstream": backends[1].name, "compare": True, **more}]
    return behind(*backends, route={"secondaries": secondaries})


async def story(end):
    await end.call("BootNotification", {**boot(), "chargePointSerialNumber": "SN-1"})
    await end.call("Authorize", {"idTag": SECRET_TAG})
    number = (await end.call("StartTransaction", start(SECRET_TAG)))["transactionId"]
    await end.call("StopTransaction", {**stop(number), "idTag": SECRET_TAG})
    await end.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
    return number


async def report(broker, candidate, *, count):
    """The report once `count` answers are compared."""
    async with asyncio.timeout(WAIT):
        while True:
            pairs = (await Operator(broker.admin_url).get("compare"))["pairs"]
            if pairs and pairs[0]["compared"] >= count:
                break
            await asyncio.sleep(0.01)
    assert (pairs[0]["primary"], pairs[0]["candidate"], pairs[0]["compared"]) == ("main", candidate, count)
    return pairs[0]


async def test_a_candidate_that_answers_the_same_with_other_ids_and_times_is_equal(tmp_path):
    async with (
        Backend("main", first=10) as main,
        Backend("next", first=900) as then,
        running(tmp_path, compared(main, then)) as broker,
        station(url_of(broker, "A")) as end,
    ):
        assert await story(end) == 10
        pair = await report(broker, "next", count=5)
        assert (pair["equal"], pair["different"], pair["examples"]) == (5, 0, [])
        assert pair["missing"] == {"primary": 0, "candidate": 0, "both": 0}
        latency = {row["action"]: row["latency"] for row in pair["actions"]}
        assert all(one[side]["count"] == 1 for one in latency.values() for side in ("primary", "candidate"))


async def test_differences_are_told_by_action_with_both_values_and_no_tag_while_the_station_gets_the_primarys(tmp_path):
    answers = {
        "Authorize": BLOCKED, "StatusNotification": FAIL,
        "BootNotification": {"status": "Accepted", "currentTime": NOW, "interval": 60},
        "StartTransaction": {"transactionId": 5, **BLOCKED},
    }  # fmt: skip
    async with (
        Backend("main") as main,
        Backend("next", **answers) as then,
        running(tmp_path, compared(main, then)) as broker,
        station(url_of(broker, "A")) as end,
    ):
        await story(end)
        pair = await report(broker, "next", count=5)
        assert (pair["equal"], pair["different"]) == (1, 4)
        found = {(one["action"], one["path"]): (one["primary"], one["candidate"]) for one in pair["examples"]}
        assert found["Authorize", "idTagInfo.status"] == ("Accepted", "Blocked")
        assert found["StartTransaction", "idTagInfo.status"] == ("Accepted", "Blocked")
        assert found["BootNotification", "interval"] == (300, 60)
        assert [action for action, _ in found if action == "StatusNotification"]
        assert SECRET_TAG not in json.dumps(pair)
        assert await metric(broker, "compare", "Authorize")
        shown = await run(
            "compare", "--examples", "10", cwd=tmp_path, SWITCHBOARD_ADMIN=broker.admin_url
        )  # fmt: skip
        assert shown.returncode == 0, shown.stderr
        assert "Authorize" in shown.stdout
        assert "Blocked" in shown.stdout
        status, _ = await Operator(broker.admin_url)("DELETE", "compare")
        assert status < 300
        assert (await Operator(broker.admin_url).get("compare"))["pairs"] == []


async def metric(broker, name, action):
    """The samples of a metric about an action, from /metrics."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with ClientSession(headers=headers) as client, client.get(f"{broker.admin_url}/metrics") as answer:
        text = await answer.text()
    return [line for line in text.splitlines() if name in line and f'action="{action}"' in line]


async def test_a_candidate_that_is_down_misses_what_it_is_not_told_later_and_delays_nobody(tmp_path):
    async with Backend("main") as main, Backend("next") as then:
        then.gate = 503
        async with running(tmp_path, compared(main, then)) as broker, station(url_of(broker, "A")) as end:
            await story(end)
            assert main.actions("A")[-1] == "StatusNotification"
            then.gate = 0
            await Operator(broker.admin_url).empty()
            assert [action for action in then.actions("A") if "Transaction" in action] == [
                "StartTransaction", "StopTransaction",
            ]  # fmt: skip


# --- what a secondary gets less of ------------------------------------------------------------------------------------


async def test_tags_and_serial_numbers_have_the_same_pseudonym_everywhere_and_are_nowhere_as_they_are(tmp_path):
    watching = {"filter": {"pseudonymise": ["idTag", "serial"]}}
    async with Backend("main") as main, Backend("next") as then:
        async with running(tmp_path, compared(main, then, **watching)) as broker:
            for identity in "AB":
                async with station(url_of(broker, identity)) as end:
                    await story(end)
                    await Operator(broker.admin_url).empty()
                    await until(lambda identity=identity: then.of(identity, "StopTransaction"))
        for identity in "AB":
            assert main.of(identity, "Authorize") == [{"idTag": SECRET_TAG}]
            assert main.of(identity, "BootNotification")[0]["chargePointSerialNumber"] == "SN-1"
    tags = {payload["idTag"] for one in "AB"
            for payload in then.of(one, "Authorize", "StartTransaction", "StopTransaction")}  # fmt: skip
    serials = {payload["chargePointSerialNumber"] for one in "AB" for payload in then.of(one, "BootNotification")}
    assert (len(tags), len(serials)) == (1, 1)
    told = json.dumps(then.log)
    assert SECRET_TAG not in told
    assert "SN-1" not in told


async def test_the_pseudonym_is_the_same_after_a_restart(tmp_path):
    async with Backend("main") as main, Backend("next") as then:
        for _ in range(2):
            settings = compared(main, then, filter={"pseudonymise": ["idTag"]})
            async with running(tmp_path, settings) as broker, station(url_of(broker, "A")) as end:
                await end.call("BootNotification", boot())
                await end.call("Authorize", {"idTag": SECRET_TAG})
                await until(lambda: then.of("A", "Authorize"))
        await until(lambda: len(then.of("A", "Authorize")) == 2)
    assert len({payload["idTag"] for payload in then.of("A", "Authorize")}) == 1


def at(minute):
    return NOW.replace("00:00Z", f"{minute:02}:00Z")


def values(minute, *measurands):
    sampled = [{"value": "1", **({"measurand": one} if one else {})} for one in measurands]
    return [{"timestamp": at(minute), "sampledValue": sampled}]


async def test_only_the_actions_and_measurands_that_it_is_to_get_and_not_more_often(tmp_path):
    thin = {
        "actions": ["StartTransaction", "StopTransaction", "MeterValues"], "measurands": "Energy*", "every": 3600,
    }  # fmt: skip
    async with Backend("main") as main, Backend("next", first=70) as then:
        async with (
            running(tmp_path, compared(main, then, filter=thin)) as broker,
            station(url_of(broker, "A")) as end,
        ):
            await end.call("BootNotification", boot())
            number = (await end.call("StartTransaction", start()))["transactionId"]
            for minute, measurands in enumerate((["Voltage"], ["", "Voltage"], ["", "Voltage"])):
                metered = values(minute, *measurands)
                await end.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": metered})
            await end.call("Authorize", {"idTag": "T"})
            await end.call("StopTransaction", stop(number))
            await Operator(broker.admin_url).empty()
        assert len(main.of("A", "MeterValues")) == 3
        assert then.of("A", "MeterValues") == [{"connectorId": 1, "transactionId": 70, "meterValue": values(1, "")}]
        assert then.actions("A") == ["BootNotification", "StartTransaction", "MeterValues", "StopTransaction"]


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_of_2_x_every_event_of_a_transaction_is_told_with_fewer_values_and_no_token(tmp_path, version):
    thin = {"measurands": "Energy*", "every": 3600, "pseudonymise": ["idTag"]}
    token = {"idToken": SECRET_TAG, "type": "ISO14443"}
    async with Backend("main", TransactionEvent={"idTokenInfo": ACCEPTED}) as main, Backend("next") as then:
        async with (
            running(tmp_path, compared(main, then, filter=thin)) as broker,
            station(url_of(broker, "A"), version) as end,
        ):
            await end.call("BootNotification", boot(version))
            await end.call("TransactionEvent", event("Started", 0, idToken=token))
            for number in (1, 2, 3):
                sample = [
                    {"timestamp": at(number), "sampledValue": [{"value": 1}, {"value": 2, "measurand": "Voltage"}]}
                ]
                more = {"triggerReason": "MeterValuePeriodic", "meterValue": sample}
                await end.call("TransactionEvent", {**event("Updated", number), **more})
            await end.call("TransactionEvent", event("Ended", 4, idToken=token))
            await Operator(broker.admin_url).empty()
        events = then.of("A", "TransactionEvent")
        assert [one["seqNo"] for one in events] == [0, 1, 2, 3, 4]
        kept = [{"timestamp": at(1), "sampledValue": [{"value": 1}]}]
        assert [one.get("meterValue") for one in events] == [None, kept, None, None, None]
        assert len({events[number]["idToken"]["idToken"] for number in (0, 4)} - {SECRET_TAG}) == 1
        assert SECRET_TAG not in json.dumps(then.log)
        assert json.dumps(main.log).count(SECRET_TAG) == 2
