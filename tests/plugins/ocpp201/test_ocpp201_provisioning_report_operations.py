"""get-base-report and get-report."""

import asyncio

import pytest
from ocpp201_provisioning_kit import CP, V21, V201, asked, item, kept, plugin, provisioning, report, said

from broker.api import CallTimeout, Reply, StationRefused

BASE, CUSTOM = "get-base-report", "get-report"


def tells(h, *parts, version=V201, last=True):
    """The station accepts, and sends its report in these parts."""

    async def send(request_id):
        for seq, items in enumerate(parts):
            await report(h, request_id, items, seq=seq, tbc=not last or seq < len(parts) - 1, version=version)

    def answer(payload):
        tasks.append(asyncio.ensure_future(send(payload["requestId"])))
        return said("Accepted")

    tasks = []
    for action in ("GetBaseReport", "GetReport"):
        h.session(version).replies[action] = answer
    return tasks


ONE, TWO = item("A", "One", "1"), item("A", "Two", "2")


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize("base", ["ConfigurationInventory", "FullInventory", "SummaryInventory"])
async def test_a_base_report_is_asked_for_shown_and_kept(version, base):
    """Certification, B_12 and B_13."""
    async with provisioning(version=version) as h:
        tells(h, [ONE], [TWO], version=version)
        found = await h.operate(version, BASE, {"reportBase": base})
        ((_, payload),) = h.session(version).sent
        assert payload == {"requestId": found["requestId"], "reportBase": base}
        assert found == {
            "status": "Accepted", "requestId": payload["requestId"], "complete": True, "reportData": [ONE, TWO],
        }  # fmt: skip
        assert payload["requestId"] > 0
        assert await kept(h) == {"A.One": "1", "A.Two": "2"}


async def test_the_whole_device_model_is_asked_for_where_nothing_else_is_said():
    async with provisioning() as h:
        tells(h, [ONE])
        await h.operate(V201, BASE)
        await h.operate(V201, BASE, {"requestId": 5})
        (_, first), (_, second) = h.session(V201).sent
        assert first["reportBase"] == "FullInventory"
        assert second["requestId"] == 5


async def test_every_report_has_its_own_number():
    async with provisioning() as h:
        tells(h, [ONE])
        numbers = [(await h.operate(V201, BASE))["requestId"] for _ in range(3)]
        assert len(set(numbers)) == 3


async def test_a_report_that_does_not_end_is_shown_as_far_as_it_came():
    async with provisioning() as h:
        tells(h, [ONE], last=False)
        found = await h.operate(V201, BASE, {"timeout": 0.05})
        assert (found["complete"], found["reportData"]) == (False, [ONE])


async def test_nobody_need_wait():
    async with provisioning() as h:
        tasks = tells(h, [ONE])
        found = await h.operate(V201, BASE, {"wait": False, "requestId": 7})
        assert found == {"status": "Accepted", "requestId": 7}
        await asyncio.gather(*tasks)
        assert await kept(h) == {"A.One": "1"}


@pytest.mark.parametrize(
    ("status", "complete"), [("Rejected", False), ("NotSupported", False), ("EmptyResultSet", True), ("odd", False)]
)
@pytest.mark.parametrize("operation", [BASE, CUSTOM])
async def test_a_station_that_sends_no_report_is_not_waited_for(operation, status, complete):
    async with provisioning() as h:
        h.session(V201).replies |= {"GetBaseReport": said(status), "GetReport": said(status)}
        found = await h.operate(V201, operation, {"requestId": 7})
        assert found == {"status": status, "requestId": 7, "complete": complete, "reportData": []}


async def test_why_a_station_refuses_is_shown():
    async with provisioning() as h:
        h.session(V201).replies["GetBaseReport"] = said("Rejected", statusInfo={"reasonCode": "Busy"})
        assert (await h.operate(V201, BASE))["statusInfo"] == {"reasonCode": "Busy"}


def silent(payload):
    raise CallTimeout("no answer")


@pytest.mark.parametrize(("answer", "error"), [(silent, CallTimeout), (Reply.error("InternalError"), StationRefused)])
async def test_a_failure_is_told_and_leaves_nothing_open(answer, error):
    async with provisioning() as h:
        h.session(V201).replies["GetBaseReport"] = answer
        with pytest.raises(error):
            await h.operate(V201, BASE)
        assert not plugin(h).collected
        assert not plugin(h).reports._open


async def test_nothing_stays_open_behind_a_report():
    async with provisioning() as h:
        tells(h, [ONE])
        await h.operate(V201, BASE)
        await asked(h, 99)
        await report(h, 99, [TWO], tbc=True)
        assert not plugin(h).collected
        assert not plugin(h).reports._open, "what nobody here waits for is not put together"


async def test_secrets_are_not_shown():
    async with provisioning() as h:
        tells(h, [item("SecurityCtrlr", "BasicAuthPassword", "canary"), 5])
        found = await h.operate(V201, BASE)
        assert "BasicAuthPassword" in str(found)
        assert "canary" not in str(found)


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_report_of_one_variable_and_of_a_criterion(version):
    """Certification, B_18."""
    async with provisioning(version=version) as h:
        tells(h, [ONE], version=version)
        params = {"componentCriteria": "Problem", "componentVariable": "EVSE@1.AvailabilityState", "requestId": 3}
        found = await h.operate(version, CUSTOM, params)
        place = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
        assert h.session(version).sent == [
            ("GetReport", {"requestId": 3, "componentCriteria": ["Problem"], "componentVariable": [place]})
        ]
        assert (found["complete"], found["reportData"]) == (True, [ONE])


@pytest.mark.parametrize(
    ("params", "sent"),
    [
        ({}, {}),
        ({"componentCriteria": ["Active", "Enabled"]}, {"componentCriteria": ["Active", "Enabled"]}),
        ({"componentVariable": ["EVSE"]}, {"componentVariable": [{"component": {"name": "EVSE"}}]}),
    ],
)
async def test_what_was_not_given_is_not_sent(params, sent):
    async with provisioning() as h:
        h.session(V201).replies["GetReport"] = said("NotSupported")
        await h.operate(V201, CUSTOM, {**params, "requestId": 3})
        assert h.session(V201).sent == [("GetReport", {"requestId": 3, **sent})]


async def limited(h):
    await asked(h, 1)
    limit = item("DeviceDataCtrlr", "ItemsPerMessage", "2")
    limit["variable"]["instance"] = "GetReport"
    await report(h, 1, [limit])
    h.session(V201).sent.clear()


async def test_more_than_a_station_takes_are_several_reports():
    async with provisioning() as h:
        await limited(h)
        tells(h, [ONE])
        params = {"componentVariable": ["A", "B", "C"], "componentCriteria": ["Active"], "requestId": 3}
        found = await h.operate(V201, CUSTOM, params)
        first, second = (payload for _, payload in h.session(V201).sent)
        assert [len(one["componentVariable"]) for one in (first, second)] == [2, 1]
        assert second["componentCriteria"] == ["Active"]
        assert first["requestId"] == 3 != second["requestId"]
        assert found == {
            "status": "Accepted", "requestId": 3, "complete": True, "reportData": [ONE, ONE],
            "requests": [
                {"requestId": 3, "status": "Accepted"}, {"requestId": second["requestId"], "status": "Accepted"},
            ],
        }  # fmt: skip


async def test_of_several_reports_one_may_be_empty():
    async with provisioning() as h:
        await limited(h)
        tells(h, [ONE])
        accept, answers = h.session(V201).replies["GetReport"], [said("EmptyResultSet")]
        h.session(V201).replies["GetReport"] = lambda payload: answers.pop() if answers else accept(payload)
        found = await h.operate(V201, CUSTOM, {"componentVariable": ["A", "B", "C"]})
        assert (found["status"], found["complete"], found["reportData"]) == ("Accepted", True, [ONE])
        assert [one["status"] for one in found["requests"]] == ["EmptyResultSet", "Accepted"]


async def test_of_several_reports_all_have_to_be_complete():
    async with provisioning() as h:
        await limited(h)
        tells(h, [ONE])
        whole = h.session(V201).replies["GetReport"]
        h.session(V201).replies["GetReport"] = lambda p: whole(p) if p["requestId"] == 3 else said("Accepted")
        params = {"componentVariable": ["A", "B", "C"], "requestId": 3, "timeout": 0.05}
        found = await h.operate(V201, CUSTOM, params)
        assert (found["complete"], found["reportData"]) == (False, [ONE])


async def test_a_report_in_another_order_is_known_as_soon_as_it_is_told():
    async with provisioning() as h:
        tasks = []

        async def send(request_id):
            await report(h, request_id, [TWO], seq=1, tbc=False)
            await report(h, request_id, [ONE], seq=0, tbc=True)

        def answer(payload):
            tasks.append(asyncio.ensure_future(send(payload["requestId"])))
            return said("Accepted")

        h.session(V201).replies["GetReport"] = answer
        assert (await h.operate(V201, CUSTOM, {"componentVariable": ["A"]}))["reportData"] == [ONE, TWO]
        variables = h.records.variables
        assert [(await variables.get(CP, "A", name, "Actual")).value for name in ("One", "Two")] == ["1", "2"]


async def test_of_several_reports_nobody_need_wait():
    async with provisioning() as h:
        await limited(h)
        h.session(V201).replies["GetReport"] = said("Rejected")
        found = await h.operate(V201, CUSTOM, {"componentVariable": ["A", "B", "C"], "wait": False})
        assert found["status"] == "Rejected"
        assert "reportData" not in found
        assert len(found["requests"]) == 2


async def test_a_report_may_overtake_the_answer():
    async with provisioning() as h:

        def answer(payload):
            plugin(h).reports.part(CP, payload["requestId"], items=[ONE], tbc=False, seq=0)
            return said("Accepted")

        h.session(V201).replies["GetBaseReport"] = answer
        found = await h.operate(V201, BASE)
        assert (found["complete"], found["reportData"]) == (True, [ONE])
