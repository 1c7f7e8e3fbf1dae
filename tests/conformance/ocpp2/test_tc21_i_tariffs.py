"""I, tariffs of 2.1 in the station: of everybody, of a driver, of a transaction that runs; and its cost by them."""

import pytest
from cases21 import case21
from options21_kit import DRIVER, VAT
from story2_kit import Charge, ahead, booted
from tariff_kit import floats, held, known

ACCEPTED = {"status": "Accepted"}
MORNING, EVENING = (
    {"startTimeOfDay": "06:00", "endTimeOfDay": "22:00"},
    {"startTimeOfDay": "22:00", "endTimeOfDay": "06:00"},
)
BY_TIME = {
    "tariffId": "by-time-of-day",
    "currency": "EUR",
    "energy": {
        "prices": [{"priceKwh": 0.3, "conditions": MORNING}, {"priceKwh": 0.2, "conditions": EVENING}],
        "taxRates": VAT,
    },
}
MANY = {
    "tariffId": "many-elements",
    "currency": "EUR",
    "energy": {"prices": [{"priceKwh": 0.1, "conditions": {"minEnergy": 100 * one}} for one in range(1, 20)]},
}


async def tariff_set(lab, station, tariff, answer="Accepted", *, evse=0, **params):
    """SetDefaultTariff as the operator gives it; its answer is told."""
    told_by_station = (
        {"status": answer} if answer == "Accepted" else {"status": answer, "statusInfo": {"reasonCode": "X"}}
    )
    asked = station.expect("SetDefaultTariff", told_by_station)
    told = await lab.do("set-default-tariff", evseId=evse, tariff=tariff, **params)
    assert floats(await asked) == {"evseId": evse, "tariff": {**tariff, **params}}
    assert told == {**told_by_station, "tariffId": tariff["tariffId"]}


async def defaults(lab):
    """In the book: the ids of the default tariffs by EVSE."""
    kept = await held(lab, "tariffs")
    return {} if kept is None else {evse: tariff["tariffId"] for evse, tariff in kept["defaults"].items()}


@case21("I_101", "evseId 0, validFrom, conditions with startTimeOfDay and endTimeOfDay, as configured; in the book")
async def test_tc21_i_101_tariff_by_time_of_day(lab):
    async with lab.station() as station:
        await booted(station)
        valid_from = ahead(60)
        await tariff_set(lab, station, BY_TIME, validFrom=valid_from)
        kept = (await held(lab, "tariffs"))["defaults"]
        assert kept == {"0": {**BY_TIME, "validFrom": valid_from}}


@case21("I_102", "SetDefaultTariff with many elements, as configured; TooManyElements told; none in the book")
async def test_tc21_i_102_too_many_elements(lab):
    async with lab.station() as station:
        await booted(station)
        await tariff_set(lab, station, MANY, "TooManyElements")
        assert await defaults(lab) == {}


@case21("I_105", "SetDefaultTariff with conditions, as configured; ConditionNotSupported told; none in the book")
async def test_tc21_i_105_conditions_not_supported(lab):
    async with lab.station() as station:
        await booted(station)
        await tariff_set(lab, station, BY_TIME, "ConditionNotSupported")
        assert await defaults(lab) == {}


@case21(
    "I_106", "A second one with another tariffId; DuplicateTariffId and Rejected told; GetTariffs told, in the book"
)
async def test_tc21_i_106_validations(lab):
    async with lab.station() as station:
        await booted(station)
        await tariff_set(lab, station, BY_TIME)
        await tariff_set(lab, station, {**MANY, "tariffId": "another"}, evse=1)
        assert await defaults(lab) == {"0": "by-time-of-day", "1": "another"}
        await tariff_set(lab, station, {**MANY, "tariffId": "another"}, "DuplicateTariffId", evse=2)
        await tariff_set(lab, station, MANY, "Rejected", evse=2)
        listed = [{"tariffId": "another", "tariffKind": "DefaultTariff", "evseIds": [1]}]
        asked = station.expect("GetTariffs", {**ACCEPTED, "tariffAssignments": listed})
        assert await lab.do("get-tariffs", evseId=0) == {**ACCEPTED, "tariffAssignments": listed}
        assert await asked == {"evseId": 0}
        assert await defaults(lab) == {"1": "another"}, "the station has no other"
        assert (await held(lab, "tariffs"))["assignments"] == listed
        asked = station.expect("GetTariffs", {"status": "NoTariff"})
        assert await lab.do("get-tariffs", evseId=2) == {"status": "NoTariff"}
        assert await asked == {"evseId": 2}


@case21("I_109", "AuthorizeResponse: Accepted; tariff with tariffId, currency, 0.25/kWh, 0.10/min, 0.50 fixed, VAT 20")
async def test_tc21_i_109_driver_tariff(lab):
    async with known(lab, tariff="driver") as token, lab.station() as station:
        await booted(station)
        told = floats(await station.says("Authorize", idToken=token))
        assert told == {"idTokenInfo": {"status": "Accepted"}, "tariff": DRIVER}
        assert "tariff" not in await station.says("Authorize", idToken={**token, "idToken": "UNKNOWN"})


async def cleared(lab, station, results, **params):
    asked = station.expect("ClearTariffs", {"clearTariffsResult": results})
    assert await lab.do("clear-tariffs", **params) == {"clearTariffsResult": results}
    assert await asked == params


@case21(
    "I_110", "ClearTariffs with the tariffId that was set, then without any; the results told; none left in the book"
)
async def test_tc21_i_110_clear_default_tariffs(lab):
    async with lab.station() as station:
        await booted(station)
        await tariff_set(lab, station, BY_TIME)
        name = BY_TIME["tariffId"]
        await cleared(lab, station, [{"tariffId": name, "status": "NoTariff"}], tariffIds=[name])
        assert await defaults(lab) == {"0": name}
        await cleared(lab, station, [{"tariffId": name, "status": "Accepted"}], tariffIds=[name])
        assert await defaults(lab) == {}
        await tariff_set(lab, station, BY_TIME)
        await tariff_set(lab, station, DRIVER, evse=1)
        await cleared(lab, station, [{"status": "Accepted"}])
        assert await defaults(lab) == {}


async def tariff_changed(lab, station, charge, tariff, answer, **params):
    """ChangeTransactionTariff of the one that runs, or by its id."""
    for given in ({}, {"transactionId": charge.id}):
        asked = station.expect("ChangeTransactionTariff", {"status": answer})
        told = await lab.do("change-transaction-tariff", tariff=tariff, **given, **params)
        assert floats(await asked) == {"transactionId": charge.id, "tariff": {**tariff, **params}}
        assert told == {"status": answer, "transactionId": charge.id, "tariffId": tariff["tariffId"]}


async def change_refused(lab, tariff, answer):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await tariff_changed(lab, station, charge, tariff, answer)
        assert "tariffChanges" not in (await charge.runs()).details


@case21("I_113", "ChangeTransactionTariff with many elements; TooManyElements told; the transaction as it was")
async def test_tc21_i_113_change_to_too_many_elements(lab):
    await change_refused(lab, MANY, "TooManyElements")


@case21("I_114", "ChangeTransactionTariff with conditions; ConditionNotSupported told; the transaction as it was")
async def test_tc21_i_114_change_to_conditions_not_supported(lab):
    await change_refused(lab, BY_TIME, "ConditionNotSupported")


@case21(
    "I_115", "ChangeTransactionTariff with conditions and validFrom; TariffChanged answered; the tariff in the book"
)
async def test_tc21_i_115_change_tariff(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        valid_from = ahead(5)
        await tariff_changed(lab, station, charge, BY_TIME, "Accepted", validFrom=valid_from)
        told = await charge.event("Updated", "TariffChanged", info={"tariffId": BY_TIME["tariffId"]})
        assert told in ({}, {"totalCost": 0}), "no energy has flowed"
        row = await charge.runs()
        assert row.details["tariffId"] == BY_TIME["tariffId"]
        assert row.details["tariffChanges"][-1][1] == {**BY_TIME, "validFrom": valid_from}


MINIMUM = {"exclTax": 1, "inclTax": 1.2, "taxRates": VAT}
MAXIMUM = {"exclTax": 50, "inclTax": 60, "taxRates": VAT}
WHOLE = {**DRIVER, "tariffId": "all-parts", "minCost": MINIMUM, "maxCost": MAXIMUM}


def price(excl, incl):
    return {"exclTax": excl, "inclTax": incl, "taxRates": VAT}


DETAILS = {
    "totalCost": {
        "currency": "EUR",
        "typeOfCost": "NormalCost",
        "fixed": price(0.5, 0.6),
        "energy": price(0.38, 0.45),
        "chargingTime": price(1, 1.2),
        "idleTime": price(0.2, 0.24),
        "total": {"exclTax": 2.08, "inclTax": 2.49},
    },
    "totalUsage": {"energy": 1500, "chargingTime": 600, "idleTime": 120},
    "chargingPeriods": [
        {
            "tariffId": "all-parts",
            "startPeriod": "2026-01-31T12:00:00Z",
            "dimensions": [{"type": "Energy", "volume": 1500}, {"type": "ChargingTime", "volume": 600}],
        }
    ],
}


@case21("I_122", "evseId 0, each part with VAT 20, minCost and maxCost with both halves; the costDetails in the book")
async def test_tc21_i_122_cost_details(lab):
    async with lab.station() as station:
        await booted(station)
        await tariff_set(lab, station, WHOLE)
        charge = await Charge(lab, station).charging()
        running = {**DETAILS, "totalCost": {**DETAILS["totalCost"], "total": {"exclTax": 1, "inclTax": 1.2}}}
        told = await charge.event("Updated", "RunningCost", costDetails=running)
        assert floats(told) == {"totalCost": 1.2}
        await charge.stop_authorized()
        told = await charge.ends("EVCommunicationLost", "EVDisconnected", costDetails=DETAILS)
        assert floats(told) == {"totalCost": 2.49}
        row = await charge.is_over("EVDisconnected")
        assert floats(row.details["costDetails"]) == DETAILS
        assert (row.details["totalCost"], row.details["currency"]) == (pytest.approx(2.49), "EUR")
