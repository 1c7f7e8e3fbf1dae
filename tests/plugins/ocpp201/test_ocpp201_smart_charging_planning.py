"""What a schedule follows from: units, prices, what the station can do."""

import pytest
from ocpp201_smart_kit import ID, V21, V, knows, levels, needs, sent, settled, smart, started, status

from broker.api import BasePlugin

DEPARTURE = {"departureTime": "2026-01-01T04:00:00Z"}


class Tariffs(BasePlugin):
    """What knows the tariff of a token."""

    name = "tariffs"
    tariff = None

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared["ocpp201.tariffs"] = self

    async def tariff_of(self, session, token):
        Tariffs.asked = token
        if isinstance(Tariffs.tariff, Exception):
            raise Tariffs.tariff
        return Tariffs.tariff


class Mine(BasePlugin):
    """A stranger's algorithm."""

    name = "mine"
    found = None

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared["ocpp201.smart_charging.schedule"] = self.schedule

    async def schedule(self, session, transaction, situation):
        self.asked = (session.identity, transaction.transaction_id, situation.needs.energy)
        Mine.latest = self
        if isinstance(Mine.found, Exception):
            raise Mine.found
        return Mine.found


async def planned(h, payload, version=V):
    await h.call(version, "NotifyEVChargingNeeds", payload)
    await settled()
    found = sent(h.session(version))[-1]
    return found["chargingProfile"]["chargingSchedule"][0]["chargingRateUnit"], levels(found)


@pytest.mark.parametrize(
    ("known_unit", "unit", "limit"), [(None, "A", 32.0), ("A,W", "A", 32.0), ("W", "W", 22_080.0), ("A", "A", 32.0)]
)
async def test_ac_is_in_amperes_if_the_station_takes_them(known_unit, unit, limit):
    async with smart() as h:
        if known_unit is not None:
            knows(h, RateUnit=known_unit)
        started(h)
        assert await planned(h, needs()) == (unit, [(0, limit)])


@pytest.mark.parametrize(("known_unit", "unit", "limit"), [(None, "W", 13_800.0), ("A", "A", 20.0)])
async def test_dc_is_in_watts_if_the_station_takes_them(known_unit, unit, limit):
    async with smart() as h:
        if known_unit is not None:
            knows(h, RateUnit=known_unit)
        started(h)
        dc = {"evMaxCurrent": 100, "evMaxVoltage": 400, "evMaxPower": 13_800}
        told = {"requestedEnergyTransfer": "DC", "dcChargingParameters": dc}
        assert await planned(h, {"evseId": 1, "chargingNeeds": told}) == (unit, [(0, limit)])


async def test_the_voltage_is_that_of_the_area():
    async with smart(line_voltage=120) as h:
        knows(h, RateUnit="W")
        started(h)
        told = needs(requestedEnergyTransfer="AC_single_phase")
        assert await planned(h, told) == ("W", [(0, 3840.0)])


async def test_numbers_of_phases_are_told_for_ac():
    async with smart(version=V21) as h:
        started(h)
        await planned(h, needs(requestedEnergyTransfer="AC_single_phase"), V21)
        (schedule,) = sent(h.session(V21))[0]["chargingProfile"]["chargingSchedule"]
        assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 32.0, "numberPhases": 1}]
        assert schedule["startSchedule"] == "2026-01-01T00:00:00Z"


async def test_prices_by_hour_are_those_of_the_time_zone():
    async with smart(prices=[0.3] * 3 + [0.1] * 21, time_zone="Europe/Berlin") as h:
        started(h)
        assert await planned(h, needs(**DEPARTURE)) == ("A", [(0, 0.0), (7200, 32.0)])


def tariff(cheap_from):
    rows = [{"priceKwh": 0.3, "conditions": {"endTimeOfDay": cheap_from}}, {"priceKwh": 0.1}]
    return {"tariffId": "T", "currency": "EUR", "energy": {"prices": rows}}


async def test_the_tariff_of_the_token_comes_before_the_prices_of_the_configuration():
    async with smart(Tariffs, prices=[0.3] * 2 + [0.1] * 22) as h:
        started(h, token="CARD", token_type="ISO14443")
        Tariffs.tariff = tariff("03:00")
        assert await planned(h, needs(**DEPARTURE)) == ("A", [(0, 0.0), (10_800, 32.0)])
        assert Tariffs.asked == {"idToken": "CARD", "type": "ISO14443"}


FLAT = {"tariffId": "T", "currency": "EUR", "energy": {"prices": [{"priceKwh": 0.3}]}}


@pytest.mark.parametrize("found", [None, {}, FLAT, ValueError("no")])
async def test_without_a_tariff_by_time_the_prices_of_the_configuration_count(found, caplog):
    async with smart(Tariffs, prices=[0.3] * 2 + [0.1] * 22) as h:
        started(h, token="CARD")
        Tariffs.tariff = found
        assert await planned(h, needs(**DEPARTURE)) == ("A", [(0, 0.0), (7200, 32.0)])
        assert ("cannot be had" in caplog.text) == isinstance(found, Exception)


async def test_its_stack_level_is_that_of_the_configuration():
    async with smart(stack_level=3) as h:
        started(h)
        await planned(h, needs())
        assert sent(h.session(V))[0]["chargingProfile"]["stackLevel"] == 3


async def test_a_profile_of_an_operator_on_another_level_stays():
    async with smart() as h:
        started(h)
        await h.operate(V, "set-charging-profile", {"purpose": "TxProfile", "limit": 10, "id": 5})
        await planned(h, needs())
        assert [each["chargingProfile"]["id"] == 5 for each in sent(h.session(V))] == [True, False]
        await h.operate(V, "set-charging-profile", {"purpose": "TxProfile", "limit": 10, "id": 6, "stackLevel": 1})


async def test_a_strangers_algorithm_takes_the_place_of_ours():
    async with smart(Mine) as h:
        started(h)
        Mine.found = [{"startPeriod": 0, "limit": 7.0}]
        assert await status(h, needs()) == "Processing"
        assert levels(sent(h.session(V))[0]) == [(0, 7.0)]
        assert Mine.latest.asked == (ID, "tx1", 20_000.0)


async def test_a_stranger_may_have_nothing_to_say():
    async with smart(Mine) as h:
        started(h)
        Mine.found = None
        assert await status(h, needs()) == "Processing"
        assert sent(h.session(V)) == []


@pytest.mark.parametrize("found", [ValueError("no"), "nothing", {"limit": 7}])
async def test_a_strangers_algorithm_that_fails_is_replaced_by_ours(found, caplog):
    async with smart(Mine) as h:
        started(h)
        Mine.found = found
        await status(h, needs())
        assert levels(sent(h.session(V))[0]) == [(0, 32.0)]
        assert "failed, so ours is used" in caplog.text
