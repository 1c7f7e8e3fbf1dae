import asyncio

import pytest

from broker.api import OperationFailed, Reply, Token
from broker.testing.table import NotKept
from plugins.ocpp201.tariff_cost.running import running_of
from plugins.ocpp201.tariff_cost.tariffs import SHARED
from tests.plugins.ocpp201.ocpp201_tariff_kit import (
    KWH,
    TX,
    Neighbour,
    costs,
    course,
    details,
    event,
    of,
    priced,
    spawned,
    tariff,
    tells,
)

BOTH = pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
SAID = {
    "totalCost": {"currency": "SEK", "typeOfCost": "NormalCost", "total": {"inclTax": 42.5}},
    "totalUsage": {"energy": 1, "chargingTime": 1, "idleTime": 0},
}


async def begins(h, version="ocpp2.1", **members):
    return await tells(h, event("Started", 0, 1000, **of(), **members), version)


def told(h, version="ocpp2.1"):
    return [payload for action, payload in h.session(version).sent if action == "CostUpdated"]


@BOTH
async def test_the_answer_to_the_end_has_the_total_cost(version):
    async with priced() as h:
        assert "totalCost" not in await begins(h, version)
        assert (await tells(h, event("Ended", 30, 11_000), version))["totalCost"] == 2.5


async def test_something_free_costs_0_and_what_has_no_tariff_has_no_cost():
    async with priced() as h:
        await begins(h)
        assert (await tells(h, event("Ended", 30, 1000)))["totalCost"] == 0
    async with priced(default=None) as h:
        await begins(h)
        assert await tells(h, event("Ended", 30, 11_000)) == {}
        assert "totalCost" not in await details(h)


@pytest.mark.parametrize(
    ("option", "version", "expected"),
    [
        ("2.1", "ocpp2.1", {"totalCost": 1}),
        ("2.1", "ocpp2.0.1", {}),
        ("always", "ocpp2.0.1", {"totalCost": 1}),
        ("never", "ocpp2.1", {}),
    ],
)
async def test_the_running_cost_is_in_the_answers_that_the_option_says(option, version, expected):
    async with priced(running_cost=option) as h:
        await begins(h, version)
        assert await tells(h, event("Updated", 10, 5000), version) == expected


async def test_the_cost_stands_with_the_transaction():
    async with priced() as h:
        await begins(h, info={"chargingState": "Charging"})
        await tells(h, event("Ended", 30, 11_000))
        found = await details(h)
        assert (found["totalCost"], found["currency"], found["tariff"]) == (2.5, "EUR", KWH)
        assert found["cost"]["totalUsage"] == {"energy": 10_000, "chargingTime": 1800, "idleTime": 0}
        assert found["cost"]["chargingPeriods"][0]["tariffId"] == "KWH"


async def test_the_cost_of_the_end_is_on_the_disk_before_the_answer(monkeypatch):
    async with priced() as h:
        await begins(h)
        monkeypatch.setattr(h.records, "later", lambda *changes: pytest.fail("nobody waits for it"))
        await tells(h, event("Ended", 30, 11_000))
        assert (await details(h))["cost"]["totalUsage"]["energy"] == 10_000


async def test_the_driver_s_tariff_counts_for_the_whole_transaction():
    async with priced(tokens=(Token(id="RICH", tariff="FULL"),)) as h:
        await tells(h, event("Started", 0, 1000, info={"chargingState": "EVConnected"}))
        assert (await tells(h, event("Updated", 10, 1000, **of("RICH"), info={"chargingState": "Charging"})))[
            "totalCost"
        ] == 3
        assert (await tells(h, event("Ended", 20, 11_000)))["totalCost"] == 7.2


async def test_events_that_come_late_change_the_cost():
    async with priced() as h:
        await tells(h, event("Ended", 30, 11_000))
        assert (await details(h))["totalCost"] == 0
        await begins(h)
        assert (await details(h))["totalCost"] == 2.5


async def test_the_tariff_of_a_transaction_stays_when_the_configuration_changes():
    async with priced() as h:
        await begins(h)
        await h.records.tokens.put(Token(id="CARD", tariff="FULL"))
        assert (await tells(h, event("Ended", 30, 11_000)))["totalCost"] == 2.5


async def test_what_the_station_has_calculated_is_what_it_costs():
    async with priced() as h:
        await begins(h)
        await tells(h, event("Updated", 10, 5000, costDetails={**SAID, "failureToCalculate": True}))
        assert (await tells(h, event("Ended", 30, 11_000, costDetails=SAID)))["totalCost"] == 42.5
        found = await details(h)
        assert (found["totalCost"], found["currency"], found["costDetails"]) == (42.5, "SEK", SAID)


async def test_the_station_s_costs_are_kept_where_there_are_no_tariffs():
    async with priced(tariffs=[], default=None) as h:
        await begins(h)
        assert (await tells(h, event("Ended", 30, 11_000, costDetails=SAID)))["totalCost"] == 42.5


async def test_in_relay_mode_nothing_is_answered_and_the_station_s_costs_are_kept():
    async with priced(tokens=(Token(id="CARD", credit=10.0),)) as h:
        h.session("ocpp2.1").answers = "billing"
        for payload in (event("Started", 0, 1000, **of()), event("Ended", 30, 11_000, costDetails=SAID)):
            reply = Reply.result({"totalCost": 7.5})
            assert await h.reply("ocpp2.1", "TransactionEvent", payload, reply) is reply
        await h.records.commit()
        found = await details(h)
        assert (found["costDetails"], found["totalCost"]) == (SAID, 7.5)
        assert "cost" not in found
        assert (await h.records.tokens.find("CARD")).credit == 10.0


async def test_an_error_is_no_answer():
    async with priced() as h:
        await begins(h)
        reply = Reply.error("InternalError")
        assert await h.reply("ocpp2.1", "TransactionEvent", event("Ended", 30, 11_000), reply) is reply
        assert (await details(h))["totalCost"] == 0


async def test_a_store_that_fails_costs_no_answer(caplog):
    async with priced() as h:
        await begins(h)
        await h.store.close()
        with pytest.raises(NotKept):
            await tells(h, event("Ended", 30, 11_000))
        assert "the cost of a transaction is not known" in caplog.text


async def test_a_stranger_s_tariffs_are_asked():
    class Strange:
        def tariff_of(self, session, who):
            return None

        async def cost(self, session, tx):
            return costs(tariff(fixedFee={"prices": [{"priceFixed": 99}]}), course(), 1)

    async with priced() as h:
        Neighbour.latest.shared[SHARED] = Strange()
        await begins(h)
        assert (await tells(h, event("Ended", 30, 11_000)))["totalCost"] == 99


DESCRIBED = {**KWH, "description": [{"format": "UTF8", "language": "en", "content": "25 ct a kWh"}]}


@BOTH
async def test_a_driver_is_shown_the_words_of_his_tariff(version):
    async with priced(tariffs=[DESCRIBED], tokens=(Token(id="OWN", message="hello"),)) as h:
        for action, payload in (("Authorize", of()), ("TransactionEvent", event("Started", 0, **of()))):
            info = (await h.call(version, action, payload)).payload["idTokenInfo"]
            assert info["personalMessage"] == DESCRIBED["description"][0]
        own = (await h.call(version, "Authorize", of("OWN"))).payload["idTokenInfo"]
        assert own["personalMessage"]["content"] == "hello"
        unknown = (await h.call(version, "Authorize", of("NOBODY"))).payload["idTokenInfo"]
        assert "personalMessage" not in unknown


async def test_the_driver_of_an_upstream_is_shown_what_it_says():
    async with priced(tariffs=[DESCRIBED]) as h:
        h.session("ocpp2.1").answers = "billing"
        reply = Reply.result({"idTokenInfo": {"status": "Accepted"}})
        assert await h.reply("ocpp2.1", "Authorize", of(), reply) is reply


# --- prepaid --------------------------------------------------------------------------------------------------------


async def test_what_a_prepaid_transaction_costs_is_taken_off_its_token_once():
    async with priced(tokens=(Token(id="CARD", credit=10.0),)) as h:
        await begins(h)
        await tells(h, event("Updated", 10, 5000))
        assert (await h.records.tokens.find("CARD")).credit == 10.0
        for _ in range(2):
            await tells(h, event("Ended", 30, 11_000))
        assert (await h.records.tokens.find("CARD")).credit == 7.5
        assert (await details(h))["prepaid"] == {"taken": 2.5}


async def test_a_late_event_that_makes_it_dearer_takes_the_difference():
    async with priced(tokens=(Token(id="CARD", credit=10.0),)) as h:
        await tells(h, event("Updated", 10, 5000, **of()))
        await tells(h, event("Ended", 30, 11_000))
        assert (await h.records.tokens.find("CARD")).credit == 8.5
        await begins(h)
        assert (await h.records.tokens.find("CARD")).credit == 7.5


# --- CostUpdated ----------------------------------------------------------------------------------------------------


@BOTH
async def test_the_station_is_told_at_a_new_reading_and_not_again_before_the_interval(version):
    async with priced() as h:
        await begins(h, version)
        for minute, wh in ((1, 5000), (2, 6000)):
            await tells(h, event("Updated", minute, wh), version)
            await spawned()
        assert told(h, version) == [{"totalCost": 1, "transactionId": TX}]
        h.clock.advance(60)
        await tells(h, event("Updated", 3, 7000), version)
        await spawned()
        assert told(h, version)[1:] == [{"totalCost": 1.5, "transactionId": TX}]


async def plugin_tells(h):
    h.clock.advance(60)
    await h.tariff_cost.tell(h.session("ocpp2.1"))


@pytest.fixture
async def running():
    async with priced(default="FULL") as h:
        h.tariff_cost = plugin_of(h)
        await tells(h, event("Started", 0, 1000, **of(), info={"chargingState": "Charging"}))
        yield h


def plugin_of(h):
    return h.plugins._loaded["ocpp201.tariff_cost"].instance


async def test_time_that_passes_costs_too(running):
    await plugin_tells(running)
    await plugin_tells(running)
    assert [one["totalCost"] for one in told(running)] == [0.72, 0.84]


async def test_what_was_told_already_is_not_told_again():
    async with priced() as h:
        h.tariff_cost = plugin_of(h)
        await begins(h)
        await tells(h, event("Updated", 1, 5000))
        await spawned()
        await plugin_tells(h)
        assert len(told(h)) == 1


async def test_nobody_is_told_of_what_has_ended_or_is_calculated_by_the_station(running):
    await tells(running, event("Updated", 1, 5000, costDetails=SAID))
    await spawned()
    await tells(running, event("Ended", 2, 6000, costDetails=SAID))
    await plugin_tells(running)
    assert told(running) == []


async def test_a_station_that_does_not_know_the_call_is_not_asked_again(running):
    running.session("ocpp2.1").replies["CostUpdated"] = Reply.error("NotSupported")
    await plugin_tells(running)
    await plugin_tells(running)
    assert len(told(running)) == 1


async def test_an_upstream_s_station_is_told_nothing(running):
    running.session("ocpp2.1").answers = "billing"
    await plugin_tells(running)
    assert told(running) == []


async def test_a_station_that_does_not_answer_holds_up_no_other_and_is_not_told_more_meanwhile(running):
    asked, deaf = [], running.session("ocpp2.0.1")

    async def silent(action, payload, *, timeout=None):
        asked.append(action)
        await asyncio.Event().wait()

    deaf.call = silent
    running_of(deaf).follow(TX)
    for _ in range(2):
        running.clock.advance(60)
        running.tariff_cost.tell_all()
        await asyncio.sleep(0.02)
    assert [one["totalCost"] for one in told(running)] == [0.72, 0.84]
    assert asked == ["CostUpdated"]


async def test_without_an_interval_nobody_is_told():
    async with priced(cost_updated_interval=None) as h:
        await begins(h)
        await tells(h, event("Updated", 1, 5000))
        await spawned()
        assert told(h) == []


async def test_the_stations_are_told_all_the_time(monkeypatch):
    async with priced(default="FULL", cost_updated_interval=1) as h:
        await tells(h, event("Started", 0, 1000, **of(), info={"chargingState": "Charging"}))
        pauses = []

        async def pause(seconds, sleep=asyncio.sleep):
            if seconds != 1:  # somebody else's
                await sleep(seconds)
                return
            pauses.append(seconds)
            await sleep(0.01 if len(pauses) < 3 else 3600)  # those who are told are told meanwhile
            h.clock.advance(seconds)

        monkeypatch.setattr("plugins.ocpp201.tariff_cost.plugin.asyncio.sleep", pause)
        await h.plugins.start(None)
        while len(pauses) < 3 or not told(h):
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        assert pauses == [1.0, 1.0, 1.0]
        assert len(told(h)) == 1  # after the second one it is the same amount of whole cents


# --- the operation --------------------------------------------------------------------------------------------------


async def test_an_operator_tells_the_cost_of_the_one_that_runs(running):
    result = await running.operate("ocpp2.1", "cost-updated")
    assert result == told(running)[0] == {"totalCost": 0.6, "transactionId": TX}


async def test_an_operator_tells_any_cost_of_any_transaction(running):
    await running.operate("ocpp2.1", "cost-updated", {"transactionId": "other", "totalCost": 5})
    assert told(running) == [{"totalCost": 5, "transactionId": "other"}]


async def test_the_operation_says_what_it_cannot_know():
    async with priced(default=None) as h:
        with pytest.raises(OperationFailed, match="not exactly one"):
            await h.operate("ocpp2.1", "cost-updated")
        for transaction_id in (TX, None):
            await begins(h)
            with pytest.raises(OperationFailed, match="give totalCost"):
                await h.operate("ocpp2.1", "cost-updated", {"transactionId": transaction_id})


@pytest.mark.parametrize(
    "broken", [{}, {"transactionInfo": 5}, {"timestamp": 5}, {"meterValue": 5}, {"costDetails": 5}, {"idToken": 5}]
)
async def test_an_event_of_any_shape_is_answered(broken):
    async with priced(tokens=(Token(id="CARD", credit=10.0),)) as h:
        await begins(h)
        for kind in ("Updated", "Ended"):
            payload = {**event(kind, 5), **broken} if broken else {"eventType": kind}
            await tells(h, payload)


@pytest.mark.parametrize(("currency", "left"), [("SEK", 10.0), ("EUR", 7.0)])
async def test_only_costs_in_its_own_currency_are_taken_off_a_credit(currency, left):
    cost = {"currency": currency, "typeOfCost": "NormalCost", "total": {"exclTax": 3.0, "inclTax": 3.0}}
    said = {"totalCost": cost, "totalUsage": SAID["totalUsage"]}
    async with priced(tokens=(Token(id="CARD", credit=10.0),)) as h:
        await begins(h)
        await tells(h, event("Ended", 30, 11_000, costDetails=said))
        assert (await h.records.tokens.find("CARD")).credit == left
