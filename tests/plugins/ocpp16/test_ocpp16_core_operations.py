import pytest
from ocpp16_core_kit import NOW, V, core
from pydantic import ValidationError

from broker.api import ChargingProfile, OperationFailed, Reply, StationRefused, Transaction, Variable

OK = Reply.result({"status": "Accepted"})


def variable(key, value):
    return Variable(
        identity="CP001",
        component="",
        variable=key,
        attribute="Actual",
        value=value,
        readonly=False,
        at=NOW,
        previous=None,
        changed_at=NOW,
    )


def running(transaction_id, evse):
    return Transaction(
        identity="CP001",
        transaction_id=str(transaction_id),
        version=V,
        evse=evse,
        connector=1,
        token="A",
        status="Accepted",
        answered_by="local",
        received_at=NOW,
        updated_at=NOW,
        start_key=f"key {transaction_id}",
    )


async def put(h, *rows):
    for row in rows:
        book = h.records.variables.put if isinstance(row, Variable) else h.records.transactions.started
        await h.records.commit(book(row))


async def operate(h, action, name, params, reply=OK):
    """The result, and the payload that was sent."""
    h.session(V).replies[action] = reply
    result = await h.operate(V, name, params)
    (sent,) = [payload for sent, payload in h.session(V).sent if sent == action]
    return result, sent


@pytest.mark.parametrize(
    ("name", "action", "params", "sent"),
    [
        ("remote-start", "RemoteStartTransaction", {"idTag": "A"}, {"idTag": "A"}),
        ("remote-start", "RemoteStartTransaction", {"idTag": "A", "connectorId": 3}, {"idTag": "A", "connectorId": 3}),
        ("unlock", "UnlockConnector", {"connectorId": 9}, {"connectorId": 9}),
        (
            "change-availability",
            "ChangeAvailability",
            {"type": "Inoperative"},
            {"connectorId": 0, "type": "Inoperative"},
        ),
        (
            "change-availability",
            "ChangeAvailability",
            {"type": "Operative", "connectorId": 1},
            {"connectorId": 1, "type": "Operative"},
        ),
        (
            "change-configuration",
            "ChangeConfiguration",
            {"key": "MeterValueSampleInterval", "value": "-1"},
            {"key": "MeterValueSampleInterval", "value": "-1"},
        ),
        ("clear-cache", "ClearCache", {}, {}),
    ],
)
@pytest.mark.parametrize("status", ["Accepted", "Rejected", "NotSupported"])
async def test_the_call_goes_out_and_the_stations_word_comes_back(name, action, params, sent, status):
    async with core() as h:
        reply = Reply.result({"status": status})
        assert await operate(h, action, name, params, reply) == ({"status": status}, sent)


@pytest.mark.parametrize(("params", "type_"), [({}, "Soft"), ({"type": "Hard"}, "Hard")])
async def test_a_reset_is_soft_unless_it_is_said_otherwise(params, type_):
    async with core() as h:
        result, sent = await operate(h, "Reset", "reset", params)
        assert sent == {"type": type_}
        assert result == {"status": "Accepted", "type": type_}


@pytest.mark.parametrize(
    ("params", "sent"),
    [
        ({"vendorId": "V"}, {"vendorId": "V"}),
        (
            {"vendorId": "V", "messageId": "M", "data": {"a": 1}},
            {"vendorId": "V", "messageId": "M", "data": '{"a":1}'},
        ),
    ],
)
async def test_a_vendors_message_goes_out_and_its_data_comes_back(params, sent):
    async with core() as h:
        reply = Reply.result({"status": "Accepted", "data": "d"})
        assert await operate(h, "DataTransfer", "data-transfer", params, reply) == (reply.payload, sent)


@pytest.mark.parametrize(
    ("name", "action", "params"),
    [
        ("reset", "Reset", {}),
        ("get-configuration", "GetConfiguration", {}),
        ("data-transfer", "DataTransfer", {"vendorId": "V"}),
        ("remote-stop", "RemoteStopTransaction", {"transactionId": 1}),
    ],
)
async def test_an_error_of_the_station_is_told_as_such(name, action, params):
    async with core() as h:
        h.session(V).replies[action] = Reply.error("NotSupported", "no")
        with pytest.raises(StationRefused, match="NotSupported: no"):
            await h.operate(V, name, params)


async def test_a_remote_start_with_a_limit_carries_a_whole_profile():
    async with core() as h:
        result, sent = await operate(
            h, "RemoteStartTransaction", "remote-start", {"idTag": "A", "connectorId": 1, "limit": 6.5, "unit": "W"}
        )
        profile = sent["chargingProfile"]
        assert result == {"status": "Accepted", "chargingProfileId": profile["chargingProfileId"]}
        assert 1 <= profile.pop("chargingProfileId") < 2**31
        assert sent == {
            "idTag": "A",
            "connectorId": 1,
            "chargingProfile": {
                "stackLevel": 0,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.5}],
                },
            },
        }


async def test_a_remote_start_carries_the_profile_that_was_given():
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16, "numberPhases": 1}]}
    given = {
        "chargingProfileId": 77,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }
    async with core() as h:
        result, sent = await operate(
            h, "RemoteStartTransaction", "remote-start", {"idTag": "A", "chargingProfile": given}
        )
        assert sent == {"idTag": "A", "chargingProfile": given}
        assert result["chargingProfileId"] == 77


async def test_a_remote_start_does_not_go_out_with_a_profile_that_cannot_be_followed():
    async with core() as h:
        await put(h, variable("ChargeProfileMaxStackLevel", "3"))
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}
        for wrong in ({"stackLevel": 4}, {"transactionId": 1}, {"chargingProfilePurpose": "TxDefaultProfile"}):
            with pytest.raises(OperationFailed, match=next(iter(wrong))):
                await h.operate(
                    V, "remote-start", {"idTag": "A", "chargingProfile": {"chargingSchedule": schedule, **wrong}}
                )
        with pytest.raises(OperationFailed, match="limit"):
            await h.operate(V, "remote-start", {"idTag": "A", "limit": 6.25})
        assert h.session(V).sent == []


async def test_the_id_of_a_profile_is_none_that_the_station_has(monkeypatch):
    monkeypatch.setattr("plugins.ocpp16.remote_start._LARGEST", 2)
    async with core() as h:
        row = ChargingProfile(
            identity="CP001",
            profile_id=1,
            evse=1,
            purpose="TxProfile",
            kind="Relative",
            stack_level=0,
            transaction_id=None,
            valid_from=None,
            valid_to=None,
            at=NOW,
            profile={},
        )
        await h.records.commit(h.records.charging_profiles.put(row))
        result, _ = await operate(h, "RemoteStartTransaction", "remote-start", {"idTag": "A", "limit": 6})
        assert result["chargingProfileId"] == 2


@pytest.mark.parametrize("transaction", [5, -1, 2**40])
async def test_any_transaction_can_be_stopped_that_is_named(transaction):
    async with core() as h:
        result, sent = await operate(h, "RemoteStopTransaction", "remote-stop", {"transactionId": transaction})
        assert sent == {"transactionId": transaction}
        assert result == {"status": "Accepted", "transactionId": transaction}


async def test_without_a_number_the_one_that_runs_is_stopped():
    async with core() as h:
        await put(h, running(5, 1))
        _, sent = await operate(h, "RemoteStopTransaction", "remote-stop", {})
        assert sent == {"transactionId": 5}


async def test_of_several_on_one_connector_the_latest_is_stopped():
    async with core() as h:
        await put(h, running(9, 1), running(5, 1))
        _, sent = await operate(h, "RemoteStopTransaction", "remote-stop", {})
        assert sent == {"transactionId": 5}


async def test_a_connector_names_its_transaction():
    async with core() as h:
        await put(h, running(5, 1), running(6, 2))
        _, sent = await operate(h, "RemoteStopTransaction", "remote-stop", {"connectorId": 2})
        assert sent == {"transactionId": 6}


@pytest.mark.parametrize(
    ("rows", "params", "says"),
    [
        ([], {}, "no transaction runs; give"),
        ([(5, 1)], {"connectorId": 2}, "no transaction runs on connector 2"),
        ([(5, 1), (6, 2)], {}, "several transactions run: 5 on connector 1, 6 on connector 2"),
        ([("x", 1)], {}, "no transaction runs"),
    ],
)
async def test_where_it_is_not_clear_which_one_nothing_is_stopped(rows, params, says):
    async with core() as h:
        await put(h, *(running(*row) for row in rows))
        with pytest.raises(OperationFailed, match=says):
            await h.operate(V, "remote-stop", params)
        assert h.session(V).sent == []


def told(*keys, unknown=()):
    rows = [{"key": key, "readonly": False, "value": value} for key, value in keys]
    return Reply.result({"configurationKey": rows, **({"unknownKey": list(unknown)} if unknown else {})})


async def test_the_whole_configuration_is_asked_for_without_a_key():
    async with core() as h:
        reply = told(("HeartbeatInterval", "300"), ("AuthorizationKey", "s3cret"))
        result, sent = await operate(h, "GetConfiguration", "get-configuration", {}, reply)
        assert sent == {}
        assert result == {
            "configurationKey": [
                {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
                {"key": "AuthorizationKey", "readonly": False},
            ],
            "unknownKey": [],
            "changed": [],
        }


async def test_some_keys_are_asked_for_by_name():
    async with core() as h:
        reply = told(("A", "1"), unknown=["B"])
        result, sent = await operate(h, "GetConfiguration", "get-configuration", {"key": ["A", "B"]}, reply)
        assert sent == {"key": ["A", "B"]}
        assert result["unknownKey"] == ["B"]


async def test_what_changed_since_the_last_time_is_told():
    async with core() as h:
        h.session(V).replies["GetConfiguration"] = [told(("A", "1"), ("B", "1")), told(("A", "2")), told(("A", "2"))]
        results = [(await h.operate(V, "get-configuration", {}))["changed"] for _ in range(3)]
        assert results == [[], [{"key": "A", "previous": "1", "value": "2"}, {"key": "B", "removed": True}], []]


async def test_a_key_that_was_not_asked_for_is_not_gone():
    async with core() as h:
        await put(h, variable("A", "1"), variable("B", "1"))
        result, _ = await operate(h, "GetConfiguration", "get-configuration", {"key": "A"}, told(("A", "1")))
        assert result["changed"] == []


@pytest.mark.parametrize(("most", "sizes"), [("2", [2, 1]), ("3", [3]), ("0", [3]), ("many", [3]), (None, [3])])
async def test_no_more_keys_are_asked_for_than_the_station_takes(most, sizes):
    async with core() as h:
        await put(h, variable("getconfigurationmaxkeys", most))
        answer = {"getconfigurationmaxkeys": most}
        h.session(V).replies["GetConfiguration"] = lambda payload: told(
            *((key, answer.get(key)) for key in payload["key"])
        )
        result = await h.operate(V, "get-configuration", {"keys": ["A", "B", "C"]})
        assert [len(payload["key"]) for _, payload in h.session(V).sent] == sizes
        assert [one["key"] for one in result["configurationKey"]] == ["A", "B", "C"]


async def test_wrong_parameters_send_nothing():
    async with core() as h:
        for name, params in (("reset", {"type": "Warm"}), ("remote-start", {}), ("unlock", {"connector": 1})):
            with pytest.raises(ValidationError):
                await h.operate(V, name, params)
        assert h.session(V).sent == []


async def test_each_operation_says_what_it_does():
    async with core() as h:
        offered = {one["name"]: one["summary"] for one in h.plugins.operations()}
        assert set(offered) == {
            "change-availability",
            "change-configuration",
            "clear-cache",
            "data-transfer",
            "get-configuration",
            "remote-start",
            "remote-stop",
            "reset",
            "unlock",
        }
        assert all(offered.values())
        assert "security plugin" in offered["change-configuration"]
