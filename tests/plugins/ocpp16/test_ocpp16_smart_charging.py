"""The operations of smart charging: what is composed, what is refused, what is sent."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from broker.api import OperationFailed, Reply, StationRefused, Transaction, Variable
from broker.ocpp import Call, Schemas, Version
from broker.testing import Harness, harness
from plugins.ocpp16.smart_charging import ACTIONS, SmartCharging

V16 = "ocpp1.6"
NOW = "2026-01-01T00:00:00Z"
T0 = 1_767_225_600.0
ACCEPTED = Reply.result({"status": "Accepted"})
PERIODS = [{"startPeriod": 0, "limit": 6.0}]


@pytest.fixture
async def h() -> AsyncIterator[Harness]:
    found = harness(SmartCharging, line_voltage=230, valid_days=1)
    await found.ready()
    found.session(V16).replies |= dict.fromkeys(ACTIONS, ACCEPTED)
    yield found
    await found.stop()


async def set_profile(h: Harness, **params: Any) -> dict[str, Any]:
    return await h.operate(V16, "set-charging-profile", params)


def sent(h: Harness) -> dict[str, Any]:
    """The payload of the last call, which fits its schema."""
    action, payload = h.session(V16).sent[-1]
    assert Schemas().check_call(Call.of(action, payload, version=Version.V16)) is None
    return payload


def running(h: Harness, transaction: str, connector: int, started_at: float = T0) -> None:
    h.records.later(
        h.records.transactions.started(
            Transaction(
                identity="CP001",
                transaction_id=transaction,
                version=V16,
                evse=connector,
                connector=1,
                started_at=started_at,
                received_at=started_at,
                start_key=transaction,
            )
        )
    )


def keys(h: Harness, **values: str) -> None:
    for name, value in values.items():
        h.records.later(h.records.variables.put(Variable(identity="CP001", variable=name, value=value)))


async def test_a_tx_default_profile_from_a_limit_and_a_duration(h: Harness) -> None:
    """Certification 056: purpose, kind, validFrom, validTo and startSchedule are there without being said."""
    result = await set_profile(h, connectorId=1, limit=6.0, duration=300)
    payload = sent(h)
    number = payload["csChargingProfiles"]["chargingProfileId"]
    assert payload == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": number,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "validFrom": NOW,
            "validTo": "2026-01-01T00:05:00Z",
            "chargingSchedule": {
                "duration": 300,
                "startSchedule": NOW,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": PERIODS,
            },
        },
    }
    assert result == {"status": "Accepted", "chargingProfileId": number, **payload}
    assert 1 <= number < 2**31


async def test_without_a_duration_it_is_valid_for_the_days_of_the_configuration(h: Harness) -> None:
    await set_profile(h, limit=6)
    assert sent(h)["connectorId"] == 0
    assert sent(h)["csChargingProfiles"]["validTo"] == "2026-01-02T00:00:00Z"


async def test_a_tx_profile_finds_the_transaction_of_its_connector(h: Harness) -> None:
    """Certification 057."""
    running(h, "11", 1)
    running(h, "22", 2)
    await set_profile(h, purpose="TxProfile", connectorId=2, limit=10)
    assert sent(h)["connectorId"] == 2
    assert sent(h)["csChargingProfiles"]["transactionId"] == 22
    assert sent(h)["csChargingProfiles"]["chargingProfilePurpose"] == "TxProfile"


async def test_the_only_transaction_needs_no_connector_and_the_newest_of_one_counts(h: Harness) -> None:
    running(h, "11", 1, T0)
    running(h, "12", 1, T0 + 60)
    await set_profile(h, purpose="TxProfile", limit=10)
    assert (sent(h)["connectorId"], sent(h)["csChargingProfiles"]["transactionId"]) == (1, 12)


async def test_of_several_connectors_one_has_to_be_said(h: Harness) -> None:
    running(h, "11", 1)
    running(h, "22", 2)
    with pytest.raises(OperationFailed, match=r"^connectorId: transactions run on several"):
        await set_profile(h, purpose="TxProfile", limit=10)


async def test_without_a_transaction_there_is_no_tx_profile(h: Harness) -> None:
    with pytest.raises(OperationFailed, match=r"^transactionId: no transaction is known to run on connector 1"):
        await set_profile(h, purpose="TxProfile", connectorId=1, limit=10)
    assert h.session(V16).sent == []


async def test_a_transaction_that_is_said_gives_the_connector(h: Harness) -> None:
    running(h, "11", 3)
    await set_profile(h, purpose="TxProfile", transactionId=11, limit=10)
    assert (sent(h)["connectorId"], sent(h)["csChargingProfiles"]["transactionId"]) == (3, 11)
    await set_profile(h, purpose="TxProfile", transactionId=99, connectorId=4, limit=10)
    assert (sent(h)["connectorId"], sent(h)["csChargingProfiles"]["transactionId"]) == (4, 99)
    with pytest.raises(OperationFailed, match=r"^connectorId: is not known for this transaction"):
        await set_profile(h, purpose="TxProfile", transactionId=99, limit=10)


async def test_three_levels_are_set_with_three_numbers_and_the_book_has_them(h: Harness) -> None:
    """Certification 067, its first half."""
    numbers = [(await set_profile(h, limit=6, stackLevel=level))["chargingProfileId"] for level in (0, 1, 2)]
    held = (await h.operate(V16, "charging-profiles"))["chargingProfiles"]
    assert {row["csChargingProfiles"]["chargingProfileId"] for row in held} == set(numbers)
    assert len(set(numbers)) == 3


async def test_a_number_that_the_station_has_is_not_chosen(h: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    rolls = iter([6, 6, 7])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(rolls))
    first = await set_profile(h, limit=6, stackLevel=0)
    second = await set_profile(h, limit=6, stackLevel=1)
    assert (first["chargingProfileId"], second["chargingProfileId"]) == (7, 8)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"limit": 6.05}, r"^chargingSchedule.chargingSchedulePeriod\[0\].limit: has more than one digit"),
        ({"limit": 6, "purpose": "ChargePointMaxProfile", "connectorId": 1}, "^connectorId: is 0 for"),
        ({"limit": 6, "stackLevel": -1, "numberPhases": 7}, "^stackLevel: is below 0; .*numberPhases: is not 1, 2"),
        ({"limit": 6, "startSchedule": "today"}, "^chargingSchedule.startSchedule: is not a time"),
        ({"limit": 6, "kind": "Recurring"}, "^recurrencyKind: is missing"),
        ({}, "^limit: say either limit or periods"),
        ({"limit": 6, "csChargingProfiles": {}}, "^limit: has no place beside csChargingProfiles"),
        ({"csChargingProfiles": {}}, "^chargingProfileId: is missing; .*chargingSchedule: is missing$"),
    ],
)
async def test_all_that_is_wrong_is_said_and_nothing_is_sent(h: Harness, params: dict[str, Any], text: str) -> None:
    with pytest.raises(OperationFailed, match=text):
        await set_profile(h, **params)
    assert h.session(V16).sent == []


async def test_what_the_station_can_do_is_known_from_its_configuration(h: Harness) -> None:
    keys(h, ChargeProfileMaxStackLevel="1", ChargingScheduleMaxPeriods="1")
    keys(h, ChargingScheduleAllowedChargingRateUnit="Power")
    with pytest.raises(OperationFailed, match=r"ChargeProfileMaxStackLevel of 1; .*AllowedChargingRateUnit"):
        await set_profile(h, limit=6, stackLevel=2)
    await set_profile(h, limit=6, stackLevel=1, chargingRateUnit="W")
    assert len(h.session(V16).sent) == 1


async def test_force_sends_what_the_checks_would_refuse(h: Harness) -> None:
    keys(h, ChargeProfileMaxStackLevel="1")
    await set_profile(h, limit=6, stackLevel=2, force=True)
    assert sent(h)["csChargingProfiles"]["stackLevel"] == 2
    await set_profile(h, purpose="TxProfile", connectorId=1, limit=6, force=True)
    assert "transactionId" not in sent(h)["csChargingProfiles"]
    wrong = {"chargingProfileId": -1, "mine": "too"}
    await set_profile(h, connectorId=99, csChargingProfiles=wrong, force=True)
    assert h.session(V16).sent[-1] == ("SetChargingProfile", {"connectorId": 99, "csChargingProfiles": wrong})


async def test_a_profile_that_is_given_whole_is_sent_as_it_is(h: Harness) -> None:
    running(h, "11", 2)
    whole = {
        "chargingProfileId": 5,
        "transactionId": 11,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "W", "chargingSchedulePeriod": PERIODS},
    }
    result = await set_profile(h, csChargingProfiles=whole)
    assert sent(h) == {"connectorId": 2, "csChargingProfiles": whole}
    assert result["chargingProfileId"] == 5
    default = {name: value for name, value in whole.items() if name != "transactionId"}
    await set_profile(h, csChargingProfiles=default | {"chargingProfilePurpose": "TxDefaultProfile"})
    assert sent(h)["connectorId"] == 0


async def test_the_stations_no_is_a_status_and_its_error_an_exception(h: Harness) -> None:
    h.session(V16).replies["SetChargingProfile"] = Reply.result({"status": "NotSupported"})
    assert (await set_profile(h, limit=6))["status"] == "NotSupported"
    h.session(V16).replies["SetChargingProfile"] = Reply.error("InternalError", "broken")
    with pytest.raises(StationRefused, match="InternalError: broken"):
        await set_profile(h, limit=6)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"id": 0},
        {"connectorId": 0, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0},
        {"id": 5, "connectorId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 3},
    ],
)
async def test_a_clear_has_exactly_the_members_that_are_given(h: Harness, params: dict[str, Any]) -> None:
    """Certification 067, its second half: the id alone, the criteria alone, nothing at all."""
    h.session(V16).replies["ClearChargingProfile"] = Reply.result({"status": "Unknown"})
    assert await h.operate(V16, "clear-charging-profile", params) == {"status": "Unknown"}
    assert sent(h) == params


async def test_a_composite_schedule_is_asked_for_and_compared(h: Harness) -> None:
    """Certification 066."""
    number = (await set_profile(h, connectorId=1, limit=10, duration=600))["chargingProfileId"]
    schedule = {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6900.0}]}
    answer = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-01-01T00:05:00Z",
        "chargingSchedule": schedule,
    }
    h.session(V16).replies["GetCompositeSchedule"] = Reply.result(answer)
    result = await h.operate(V16, "get-composite-schedule", {"connectorId": 1, "duration": 400})
    assert sent(h) == {"connectorId": 1, "duration": 400}
    expected = result.pop("expected")
    assert result == answer
    assert expected == {
        "scheduleStart": "2026-01-01T00:05:00Z",
        "duration": 400,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 6900.0, "chargingProfileIds": [number]},
            {"startPeriod": 300, "limit": None, "chargingProfileIds": []},
        ],
        "leftOut": [],
    }


async def test_the_unit_goes_out_where_it_is_said_and_decides(h: Harness) -> None:
    await set_profile(h, connectorId=1, limit=10, chargingRateUnit="A")
    asked = {"connectorId": 1, "duration": 60, "chargingRateUnit": "W"}
    result = await h.operate(V16, "get-composite-schedule", asked)
    assert sent(h) == asked
    assert result["expected"]["chargingRateUnit"] == "W"
    assert result["expected"]["chargingSchedulePeriod"][0]["limit"] == 6900.0


async def test_a_rejected_schedule_has_the_expected_one_beside_it_from_now_on(h: Harness) -> None:
    await set_profile(h, connectorId=1, limit=4000, chargingRateUnit="W")
    h.session(V16).replies["GetCompositeSchedule"] = Reply.result({"status": "Rejected"})
    h.clock.advance(30)
    result = await h.operate(V16, "get-composite-schedule", {"connectorId": 1})
    assert result["status"] == "Rejected"
    assert result["expected"]["scheduleStart"] == "2026-01-01T00:00:30Z"
    assert result["expected"]["chargingRateUnit"] == "W"


async def test_the_running_transaction_counts_in_the_expected_schedule(h: Harness) -> None:
    running(h, "11", 1, T0 - 100)
    await set_profile(h, connectorId=1, limit=6)
    periods = [{"startPeriod": 0, "limit": 16}, {"startPeriod": 200, "limit": 10}]
    await set_profile(h, purpose="TxProfile", kind="Relative", periods=periods, connectorId=1)
    result = await h.operate(V16, "get-composite-schedule", {"connectorId": 1, "duration": 300})
    found = result["expected"]["chargingSchedulePeriod"]
    assert [(row["startPeriod"], row["limit"]) for row in found] == [(0, 16), (100, 10)]


async def test_a_book_without_profiles_expects_no_limit(h: Harness) -> None:
    result = await h.operate(V16, "get-composite-schedule")
    assert sent(h) == {"connectorId": 0, "duration": 86_400}
    assert result["expected"]["chargingRateUnit"] == "A"
    assert [row["limit"] for row in result["expected"]["chargingSchedulePeriod"]] == [None]


def test_the_plugin_owns_the_three_actions() -> None:
    context: Any = None
    actions = SmartCharging(SmartCharging.Config(), context).register_actions()
    assert [(action.name, action.direction) for action in actions] == [(name, "to_station") for name in ACTIONS]
    assert {action.profile for action in actions} == {"SmartCharging"}


async def test_a_station_that_calls_one_of_them_gets_not_supported(h: Harness) -> None:
    assert (await h.call(V16, "SetChargingProfile", {})).code == "NotSupported"
