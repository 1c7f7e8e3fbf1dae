import json

import pytest
from pydantic import ValidationError

from broker.api import Call, Version
from broker.ocpp import Schemas
from plugins.ocpp201.tariff_cost.tariff import Tariff
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, VAT, tariff

CONDITIONS = {
    "startTimeOfDay": "08:00", "endTimeOfDay": "18:00", "dayOfWeek": ["Monday"], "validFromDate": "2026-01-01",
    "validToDate": "2026-12-31", "evseKind": "AC", "minEnergy": 1, "maxEnergy": 20_000.5, "minCurrent": 1,
    "maxCurrent": 32, "minPower": 1, "maxPower": 11_000, "minTime": 0, "maxTime": 60, "minChargingTime": 0,
    "maxChargingTime": 60, "minIdleTime": 0, "maxIdleTime": 60,
}  # fmt: skip
EVERYTHING = {
    **FULL,
    "description": [{"format": "UTF8", "language": "en", "content": "cheap"}],
    "energy": {"prices": [{"priceKwh": 0.25, "conditions": CONDITIONS}], "taxRates": VAT},
    "fixedFee": {"prices": [{"priceFixed": 1, "conditions": {"paymentBrand": "VISA", "paymentRecognition": "CC"}}]},
    "reservationTime": {"prices": [{"priceMinute": 0.01}]},
    "reservationFixed": {"prices": [{"priceFixed": 2}]},
    "minCost": {"exclTax": 1, "inclTax": 1.2, "taxRates": VAT},
    "maxCost": {"inclTax": 50},
    "validFrom": "2026-01-01T00:00:00Z",
    "customData": {"vendorId": "com.example"},
}


def test_a_tariff_with_every_member_is_what_it_was_and_fits_the_schema_of_2_1():
    payload = {"evseId": 0, "tariff": Tariff.model_validate(EVERYTHING).as_ocpp()}
    call = Call.of("SetDefaultTariff", payload, version=Version.V21)
    assert Schemas().check_call(call) is None
    sent = json.loads(call.raw)["tariff"]
    for part in ("energy", "chargingTime", "idleTime", "fixedFee"):  # the default of stack is written out
        for rate in sent[part].get("taxRates", ()):
            assert rate.pop("stack") == 0
    assert sent["minCost"]["taxRates"][0].pop("stack") == 0
    assert sent == EVERYTHING


def test_valid_from_can_be_left_out():
    assert "validFrom" not in Tariff.model_validate(EVERYTHING).as_ocpp(valid_from=False)


@pytest.mark.parametrize(
    "members",
    [
        {"tariffId": ""},
        {"currency": "eur"},
        {"energy": {"prices": []}},
        {"energy": {"prices": [{"priceKwh": -1}]}},
        {"energy": {"prices": [{"priceKwh": float("nan")}]}},
        {"energy": {"prices": [{"priceKwh": 1, "conditions": {"startTimeOfDay": "24:00"}}]}},
        {"energy": {"prices": [{"priceKwh": 1, "conditions": {"validFromDate": "2026-02-30"}}]}},
        {"energy": {"prices": [{"priceKwh": 1, "conditions": {"dayOfWeek": ["Mon"]}}]}},
        {"energy": {"prices": [{"priceMinute": 1}]}},
        {"minCost": {}},
        {"minCost": {"taxRates": VAT}},
        {"validFrom": "tomorrow"},
        {"price": 1},
    ],
)
def test_what_is_no_tariff_is_refused(members):
    with pytest.raises(ValidationError):
        tariff(**members)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ({"exclTax": 1, "taxRates": VAT}, (1, 1.2)),
        ({"inclTax": 1.2, "taxRates": VAT}, (1, 1.2)),
        ({"exclTax": 1, "inclTax": 1.5}, (1, 1.5)),
        ({"inclTax": 3}, (3, 3)),
    ],
)
def test_a_price_has_both_halves(price, expected):
    found = tariff(minCost=price).minCost.amount()
    assert (float(found.excl), float(found.incl)) == expected


def test_the_conditions_are_those_of_what_is_priced_while_it_runs():
    found = Tariff.model_validate(EVERYTHING)
    assert [one.maxTime for one in found.conditions()] == [60]
