import pytest

from broker.api import Direction, OperationFailed, Reply, Token, Transaction, Variable
from tests.plugins.ocpp21.ocpp21_payment_kit import ID, V, lab, sent, told
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, KWH, NOW, TX, Neighbour, details, event, of, spawned

BOOT = {"chargingStation": {"model": "One", "vendorName": "Example"}, "reason": "PowerUp"}
TO = Direction.TO_STATION
CARD = Token(id="CARD")
RICH = Token(id="RICH", tariff="FULL")
PRE = Token(id="PRE", credit=10.0)


async def authorized(h, token="RICH"):
    return await told(h, "Authorize", of(token))


async def held(h):
    return await h.records.documents.get("ocpp21.tariff_cost", ID, "tariffs")


async def passes(h, action, payload, answer):
    reply = Reply.result(answer)
    assert await h.reply(V, action, payload, reply, direction=TO) is reply
    await h.records.commit()


# --- the driver's tariff --------------------------------------------------------------------------------------------


async def test_a_driver_with_a_tariff_has_it_in_the_answer_to_authorize():
    async with lab(CARD, RICH) as h:
        found = (await authorized(h))["tariff"]
        assert (found["tariffId"], found["currency"]) == ("FULL", "EUR")
        assert found["energy"]["prices"][0]["priceKwh"] == 0.25
        assert found["energy"]["taxRates"][0]["tax"] == 20
        assert "tariff" not in await authorized(h, "CARD")  # the default is not his own


async def test_a_driver_s_tariff_has_no_valid_from():
    dated = {**KWH, "tariffId": "DATED", "validFrom": "2025-01-01T00:00:00Z"}
    async with lab(Token(id="RICH", tariff="DATED"), central={"tariffs": [KWH, dated]}) as h:
        assert (await authorized(h))["tariff"] == {name: dated[name] for name in dated if name != "validFrom"}


@pytest.mark.parametrize("token", [Token(id="RICH", tariff="FULL", status="Blocked"), Token(id="RICH", tariff="GONE")])
async def test_who_is_not_accepted_or_whose_tariff_is_not_known_has_none(token):
    async with lab(token) as h:
        assert "tariff" not in await authorized(h)


@pytest.mark.parametrize(
    ("option", "said", "expected"),
    [
        ("unless_unsupported", None, True),
        ("unless_unsupported", "True", True),
        ("unless_unsupported", "false", False),
        ("if_supported", None, False),
        ("if_supported", "true", True),
        ("never", "true", False),
    ],
)
async def test_a_station_that_calculates_no_cost_is_given_no_tariff(option, said, expected):
    async with lab(RICH, authorize_tariff=option) as h:
        if said is not None:
            row = Variable(identity=ID, component="TariffCostCtrlr", variable="Enabled#Tariff", value=said)
            await h.records.commit(h.records.variables.put(row))
        assert ("tariff" in await authorized(h)) is expected


async def test_an_upstream_s_answer_stays_as_it_is():
    async with lab(RICH) as h:
        h.session(V).answers = "billing"
        reply = Reply.result({"idTokenInfo": {"status": "Accepted"}})
        for action, payload in (("Authorize", of("RICH")), ("TransactionEvent", event("Started", 0, **of("RICH")))):
            assert await h.reply(V, action, payload, reply) is reply


# --- limits ---------------------------------------------------------------------------------------------------------


async def test_a_transaction_has_the_limits_of_the_options():
    async with lab(CARD, limits={"maxEnergy": 20_000, "maxTime": 3600, "maxSoC": 80}) as h:
        found = await told(h, "TransactionEvent", event("Started", 0))
        assert found == {"transactionLimit": {"maxEnergy": 20_000, "maxTime": 3600, "maxSoC": 80}}


async def test_the_limits_are_told_at_the_start_and_to_the_driver_and_not_to_each_event():
    async with lab(CARD, limits={"maxTime": 60}) as h:
        answers = [
            await told(h, "TransactionEvent", payload)
            for payload in (
                event("Started", 0),
                event("Updated", 1, **of()),
                event("Updated", 2),
                event("Ended", 3, **of()),
            )
        ]
        assert ["transactionLimit" in one for one in answers] == [True, True, False, False]


async def test_the_credit_of_a_prepaid_token_is_a_limit():
    async with lab(PRE, limits={"maxCost": 50}) as h:
        found = await told(h, "TransactionEvent", event("Started", 0, **of("PRE")))
        assert found["transactionLimit"] == {"maxCost": 10}


async def test_what_other_transactions_of_the_token_have_cost_is_not_there_any_more():
    async with lab(PRE) as h:
        other = Transaction(identity="CP002", transaction_id="o", version=V, token="PRE", details={"totalCost": 4.5})
        await h.records.commit(h.records.transactions.put(other))
        found = await told(h, "TransactionEvent", event("Started", 0, 1000, **of("PRE")))
        assert found["transactionLimit"] == {"maxCost": 5.5}
        assert (await told(h, "TransactionEvent", event("Updated", 1, 9000)))["totalCost"] == 2
        found = await told(h, "TransactionEvent", event("Updated", 2, **of("PRE")))
        assert found["transactionLimit"] == {"maxCost": 5.5}  # its own cost is within its limit


async def test_who_has_no_credit_is_told_so_and_not_limited():
    async with lab(Token(id="PRE", credit=0.0)) as h:
        assert (await authorized(h, "PRE"))["idTokenInfo"]["status"] == "NoCredit"
        found = await told(h, "TransactionEvent", event("Started", 0, **of("PRE")))
        assert found["idTokenInfo"]["status"] == "NoCredit"
        assert "transactionLimit" not in found


async def test_a_tariff_has_limits_of_its_own():
    async with lab(RICH, CARD, limits={"maxTime": 60}, tariff_limits={"FULL": {"maxCost": 7, "maxTime": 90}}) as h:
        found = await told(h, "TransactionEvent", event("Started", 0, **of("RICH")))
        assert found["transactionLimit"] == {"maxCost": 7, "maxTime": 60}
        found = await told(h, "TransactionEvent", event("Started", 0, **of("CARD"), info={"transactionId": "other"}))
        assert found["transactionLimit"] == {"maxTime": 60}


async def test_without_limits_the_answer_stays_as_it_is():
    async with lab(CARD) as h:
        assert "transactionLimit" not in await told(h, "TransactionEvent", event("Started", 0, **of()))


# --- default tariffs ------------------------------------------------------------------------------------------------


async def booted(h, status):
    reply = Reply.result({"currentTime": "2026-01-01T00:00:00Z", "interval": 300, "status": status})
    await h.reply(V, "BootNotification", BOOT, reply)
    await spawned()


async def test_a_station_that_has_been_accepted_is_given_its_default_tariffs(caplog):
    async with lab(default_tariffs={0: "KWH", 2: "FULL", 3: "GONE"}) as h:
        await booted(h, "Pending")
        assert sent(h, "SetDefaultTariff") == []
        await booted(h, "Accepted")
        found = sent(h, "SetDefaultTariff")
        assert [(one["evseId"], one["tariff"]["tariffId"]) for one in found] == [(0, "KWH"), (2, "FULL")]
        assert "has no tariff GONE" in caplog.text


async def test_a_station_that_does_not_take_its_default_tariff_is_logged(caplog):
    async with lab(default_tariffs={0: "KWH"}) as h:
        h.session(V).replies["SetDefaultTariff"] = Reply.result({"status": "TooManyElements"})
        await booted(h, "Accepted")
        assert "TooManyElements" in caplog.text
        assert await held(h) is None


async def test_an_upstream_s_station_is_given_none():
    async with lab(default_tariffs={0: "KWH"}) as h:
        h.session(V).answers = "billing"
        await booted(h, "Accepted")
        assert sent(h, "SetDefaultTariff") == []


# --- what an operator asks ------------------------------------------------------------------------------------------


async def test_set_default_tariff_by_id_or_whole():
    async with lab() as h:
        assert await h.operate(V, "set-default-tariff", {"tariffId": "KWH"}) == {
            "status": "Accepted",
            "tariffId": "KWH",
        }
        moment = "2026-02-01T00:00:00Z"
        await h.operate(V, "set-default-tariff", {"tariff": FULL, "evseId": 1, "validFrom": moment})
        first, second = sent(h, "SetDefaultTariff")
        assert first == {"evseId": 0, "tariff": KWH}
        assert (second["evseId"], second["tariff"]["validFrom"]) == (1, moment)
        await h.records.commit()
        assert (await held(h))["defaults"]["0"] == KWH


@pytest.mark.parametrize("operation", ["set-default-tariff", "change-transaction-tariff"])
async def test_a_tariff_that_nobody_knows_cannot_be_sent(operation):
    async with lab() as h:
        with pytest.raises(OperationFailed, match="no such tariff"):
            await h.operate(
                V, operation, {"tariffId": "GONE"} | ({"transactionId": TX} if "change" in operation else {})
            )


async def test_get_tariffs_gives_what_the_station_says_and_keeps_it():
    async with lab() as h:
        said = {"status": "Accepted", "tariffAssignments": [{"tariffId": "KWH", "tariffKind": "DefaultTariff"}]}
        h.session(V).replies["GetTariffs"] = Reply.result(said)
        assert await h.operate(V, "get-tariffs") == said
        assert sent(h, "GetTariffs") == [{"evseId": 0}]
        await h.records.commit()
        assert (await held(h))["assignments"] == said["tariffAssignments"]


async def test_clear_tariffs_of_some_or_of_all():
    async with lab() as h:
        await h.operate(V, "set-default-tariff", {"tariffId": "KWH"})
        said = {"clearTariffsResult": [{"status": "Accepted", "tariffId": "KWH"}]}
        h.session(V).replies["ClearTariffs"] = Reply.result(said)
        assert await h.operate(V, "clear-tariffs", {"tariffIds": ["KWH"]}) == said
        await h.operate(V, "clear-tariffs")
        assert sent(h, "ClearTariffs") == [{"tariffIds": ["KWH"]}, {}]
        await h.records.commit()
        assert (await held(h))["defaults"] == {}


async def test_what_an_upstream_sets_is_known_too():
    async with lab() as h:
        await passes(h, "SetDefaultTariff", {"evseId": 0, "tariff": KWH}, {"status": "Accepted"})
        assert (await held(h))["defaults"] == {"0": KWH}
        await passes(h, "SetDefaultTariff", {"evseId": 0, "tariff": FULL}, {"status": "Rejected"})
        assert (await held(h))["defaults"] == {"0": KWH}


async def test_a_changed_tariff_counts_from_then_on_for_the_cost_too():
    async with lab(CARD) as h:
        await told(h, "TransactionEvent", event("Started", 0, 1000, **of()))
        await told(h, "TransactionEvent", event("Updated", 30, 5000))
        h.clock.advance(1800)
        dear = {**KWH, "tariffId": "DEAR", "energy": {"prices": [{"priceKwh": 1}]}}
        result = await h.operate(V, "change-transaction-tariff", {"tariff": dear})
        assert result == {"status": "Accepted", "transactionId": TX, "tariffId": "DEAR"}
        assert sent(h, "ChangeTransactionTariff") == [{"transactionId": TX, "tariff": dear}]
        assert (await told(h, "TransactionEvent", event("Ended", 60, 9000)))["totalCost"] == 5
        assert (await details(h))["tariffChanges"] == [[NOW + 1800, dear]]


async def test_a_change_that_the_station_refuses_or_of_nothing_that_is_known_changes_nothing():
    async with lab(CARD) as h:
        await told(h, "TransactionEvent", event("Started", 0, 1000, **of()))
        call = {"transactionId": TX, "tariff": FULL}
        await passes(h, "ChangeTransactionTariff", call, {"status": "NoCurrencyChange"})
        await passes(h, "ChangeTransactionTariff", {**call, "transactionId": "other"}, {"status": "Accepted"})
        assert "tariffChanges" not in await details(h)
        del Neighbour.latest.shared["ocpp201.transactions"]
        await passes(h, "ChangeTransactionTariff", call, {"status": "Accepted"})


async def test_which_transaction_is_meant_has_to_be_plain():
    async with lab() as h:
        with pytest.raises(OperationFailed, match="not exactly one"):
            await h.operate(V, "change-transaction-tariff", {"tariffId": "KWH"})


async def test_a_store_that_fails_costs_neither_tariff_nor_answer(caplog):
    async with lab(RICH) as h:
        await h.store.close()
        h.cut_errors = True
        reply = Reply.result({"idTokenInfo": {"status": "Accepted"}})
        h.records.tokens.forget()
        assert await h.reply(V, "Authorize", of("NEW"), reply) is reply
        assert "the tariff of a driver is not known" in caplog.text
