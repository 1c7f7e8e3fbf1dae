"""Where the numbers that a CSMS chooses stand: checked against every schema of the three versions."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Version
from broker.ocpp.actions import FROM_STATION, TO_STATION
from broker.ocpp.ids import OWNED, Field, Space, Use, id_fields, is_id, may_hold, owner_field, rewrite, value_at
from broker.ocpp.jsontext import decode, encode
from broker.ocpp.schema_files import actions, load

#: Not mapped, because; by member name, or by action and path where the name alone does not say it.
NOT_MAPPED = {
    "connectorId": "numbers the station's hardware",
    "evseId": "numbers the station's hardware",
    "evse.id": "numbers the station's hardware",
    "variableMonitoringId": "the station numbers its monitors (N04)",
    "signatureId": "refers within the same payload",
    "salesTariff.id": "of the car's schedule, within its profile",
    "priceScheduleID": "of the car's schedule, within its profile",
    "priceScheduleId": "of the car's schedule, within its profile",
    "taxRuleID": "of the car's schedule, within its profile",
    "chargingSchedule.id": "counts the schedules within one profile or notification",
    "selectedChargingScheduleId": "counts the schedules within one profile",
    "eventId": "the station numbers its events",
}
NOT_MAPPED_THERE = {
    "MeterValues transactionId": "of the station: broker.session.books.transactions",
    "StopTransaction transactionId": "of the station: broker.session.books.transactions",
    "StartTransactionResponse transactionId": "an answer: broker.session.books.transactions",
    "ClearVariableMonitoring id.[]": "names a monitor that the station has numbered (N04)",
    "ClearVariableMonitoringResponse clearMonitoringResult.[].id": "the station numbers its monitors (N04)",
    "SetVariableMonitoring setMonitoringData.[].id": "names a monitor that the station has numbered (N04)",
    "SetVariableMonitoringResponse setMonitoringResult.[].id": "the station numbers its monitors (N04)",
    "NotifyMonitoringReport monitor.[].variableMonitoring.[].id": "the station numbers its monitors (N04)",
    "OpenPeriodicEventStream constantStreamData.id": "the station numbers its streams",
    "GetPeriodicEventStreamResponse constantStreamData.[].id": "the station numbers its streams",
    "NotifyPeriodicEventStream id": "the station numbers its streams",
    "AdjustPeriodicEventStream id": "names a stream that the station has numbered",
    "ClosePeriodicEventStream id": "the station numbers its streams",
    "SignCertificate requestId": "the station chooses it",
    "CertificateSigned requestId": "names a request that the station has numbered",
}


def numbers(node: dict[str, Any], root: dict[str, Any], path: tuple[str, ...], required: bool, seen: frozenset[str]):
    """The path of each integer whose name ends in "id", and whether its object requires it."""
    reference = node.get("$ref")
    if reference in seen:
        return
    if reference is not None:
        seen = seen | {reference}
        node = root["definitions"][reference.rpartition("/")[2]]
    for name, member in node.get("properties", {}).items():
        yield from numbers(member, root, (*path, name), name in node.get("required", []), seen)
    if "items" in node:
        yield from numbers(node["items"], root, (*path, "[]"), required, seen)
    name = next((part for part in reversed(path) if part != "[]"), "")
    if node.get("type") == "integer" and name.lower().endswith("id"):
        yield path, required


def all_numbers(version: Version) -> Iterator[tuple[str, bool, tuple[str, ...], bool]]:
    for action in sorted(actions(version)):
        for result in (False, True):
            schema = load(version, action, result=result)
            for path, required in numbers(schema or {}, schema or {}, (), True, frozenset()):
                yield action, result, path, required


def reason(action: str, path: tuple[str, ...]) -> str | None:
    names = [part for part in path if part != "[]"]
    return (
        NOT_MAPPED_THERE.get(f"{action} {'.'.join(path)}")
        or NOT_MAPPED.get(".".join(names[-2:]))
        or NOT_MAPPED.get(names[-1])
    )


@pytest.mark.parametrize("version", Version)
def test_each_number_of_every_schema_is_in_the_table_or_has_a_reason_not_to_be(version):
    listed = {(action, field.path) for action in actions(version) for field in id_fields(version, action)}
    found = set()
    for action, result, path, _ in all_numbers(version):
        mapped = not result and (action, path) in listed
        assert mapped is (reason(action + "Response" * result, path) is None), (action, result, path)
        if mapped:
            found.add((action, path))
    assert found == listed


def test_every_reason_is_needed():
    met = set()
    for version in Version:
        for action, result, path, _ in all_numbers(version):
            met.add(reason(action + "Response" * result, path))
            if (there := f"{action}{'Response' * result} {'.'.join(path)}") in NOT_MAPPED_THERE:
                met.add(there)
    assert met >= {*NOT_MAPPED.values(), *NOT_MAPPED_THERE}


@pytest.mark.parametrize("version", Version)
def test_a_field_is_optional_where_its_object_does_not_require_it(version):
    schemas = {(action, path): required for action, result, path, required in all_numbers(version) if not result}
    for action in actions(version):
        for field in id_fields(version, action):
            assert field.optional is not schemas[action, field.path], (action, field.path)


@pytest.mark.parametrize("version", Version)
def test_a_number_is_used_in_the_direction_of_its_call(version):
    for action in actions(version):
        for field in id_fields(version, action):
            to_station = field.use in (Use.GIVEN, Use.NAMED)
            assert action in (TO_STATION if to_station else FROM_STATION)[version], action


@pytest.mark.parametrize("version", Version)
def test_what_may_be_left_out_is_optional_and_what_is_owned_is_at_a_plain_path(version):
    for action in actions(version):
        for field in id_fields(version, action):
            assert field.use is not Use.MENTIONED or field.optional, action
            assert field.use is not Use.OWNED or "[]" not in field.path, action


@pytest.mark.parametrize("version", Version)
def test_a_member_counts_what_its_name_says(version):
    spaces = {
        "transactionId": Space.TRANSACTION,
        "reservationId": Space.RESERVATION,
        "chargingProfileId": Space.PROFILE,
        "requestId": Space.REQUEST,
        "remoteStartId": Space.REMOTE_START,
        "ReserveNow id": Space.RESERVATION,
        "ClearChargingProfile id": Space.PROFILE,
        "chargingProfile id": Space.PROFILE,
        "message id": Space.DISPLAY,
        "messageInfo id": Space.DISPLAY,
        "ClearDisplayMessage id": Space.DISPLAY,
        "GetDisplayMessages id": Space.DISPLAY,
    }
    for action in actions(version):
        for field in id_fields(version, action):
            *outer, name = (action, *(part for part in field.path if part != "[]"))
            assert spaces[f"{outer[-1]} id" if name == "id" else name] is field.space, action


def test_what_is_cleared_read_or_changed_by_its_number_is_only_named():
    named = {
        action
        for version in Version
        for action in actions(version)
        for field in id_fields(version, action)
        if field.use is Use.NAMED and field.space is not Space.TRANSACTION
    }
    assert named == {
        "CancelReservation",
        "ClearChargingProfile",
        "ClearDisplayMessage",
        "GetChargingProfiles",
        "GetDisplayMessages",
        "UpdateDynamicSchedule",
    }


@pytest.mark.parametrize("version", Version)
def test_a_transaction_is_looked_at_before_a_number_is_remembered(version):
    for action in actions(version):
        spaces = [field.space for field in id_fields(version, action)]
        assert Space.TRANSACTION not in spaces[1:], action


def test_transactions_are_numbered_by_the_csms_in_ocpp_16_alone():
    for version in (Version.V201, Version.V21):
        assert not [a for a in actions(version) if Space.TRANSACTION in {f.space for f in id_fields(version, a)}]


@pytest.mark.parametrize(
    ("version", "owned"),
    [
        (Version.V16, {"LogStatusNotification", "SignedFirmwareStatusNotification"}),
        (
            Version.V201,
            {
                "FirmwareStatusNotification",
                "LogStatusNotification",
                "NotifyCustomerInformation",
                "NotifyDisplayMessages",
                "NotifyMonitoringReport",
                "NotifyReport",
                "PublishFirmwareStatusNotification",
                "ReportChargingProfiles",
                "ReservationStatusUpdate",
            },
        ),
    ],
)
def test_reports_and_progress_belong_to_the_one_that_asked(version, owned):
    assert OWNED[version] == owned


def test_ocpp_21_adds_the_reports_of_der_controls_and_the_pull_of_a_schedule():
    assert OWNED[Version.V21] - OWNED[Version.V201] == {"ReportDERControl", "PullDynamicScheduleUpdate"}
    assert OWNED[Version.V201] < OWNED[Version.V21]


def test_the_owner_is_found_by_the_number_it_gave():
    field = owner_field(Version.V21, "PullDynamicScheduleUpdate")
    assert field is not None
    assert (field.path, field.space) == (("chargingProfileId",), Space.PROFILE)
    report = owner_field(Version.V201, "ReportChargingProfiles")
    assert report is not None
    assert (report.path, report.space) == (("requestId",), Space.REQUEST)


@pytest.mark.parametrize("action", ["TransactionEvent", "BatterySwap", "Heartbeat", "GetReport", "Nonsense"])
def test_other_calls_have_no_owner(action):
    assert owner_field(Version.V21, action) is None


def test_most_actions_have_no_numbers():
    assert id_fields(Version.V201, "Heartbeat") == ()
    assert id_fields(Version.V16, "GetBaseReport") == ()
    assert id_fields(Version.V16, "Nonsense") == ()


# --- rewriting -------------------------------------------------------------------------------------------------------


def add_thousand(field: Field, value: int) -> int:
    return value + 1000


def test_what_is_not_touched_keeps_its_text_and_order():
    raw = b'{"id":7,"x":{"limit":1.50},"messageInfo":[{"p":0.10,"id":3,"q":null},{"id":4},5],"requestId":1E3}'
    changed = rewrite(decode(raw), id_fields(Version.V201, "NotifyDisplayMessages"), add_thousand)
    assert changed is not None
    assert encode(changed) == raw.replace(b'"id":3', b'"id":1003').replace(b'"id":4', b'"id":1004')


def test_the_original_is_not_changed_and_untouched_parts_are_shared():
    payload = {"reservationId": 7, "transactionInfo": {"remoteStartId": 8, "transactionId": "T"}, "evse": {"id": 1}}
    before = copy.deepcopy(payload)
    changed = rewrite(payload, id_fields(Version.V201, "TransactionEvent"), add_thousand)
    assert changed == {
        **payload,
        "reservationId": 1007,
        "transactionInfo": {"remoteStartId": 1008, "transactionId": "T"},
    }
    assert payload == before
    assert changed["evse"] is payload["evse"]


def test_nothing_changed_is_none():
    payload = {"requestId": 10**15, "chargingProfile": [{"id": 10**15}, {}]}
    assert rewrite(payload, id_fields(Version.V201, "ReportChargingProfiles"), lambda _, value: int(str(value))) is None


def test_numbers_in_an_array_are_translated_one_by_one():
    payload = {"requestId": 1, "chargingProfile": {"chargingProfileId": [1, 2, "3"]}}
    changed = rewrite(
        payload, id_fields(Version.V21, "GetChargingProfiles"), lambda field, value: value + 10 * (value == 2)
    )
    assert changed == {"requestId": 1, "chargingProfile": {"chargingProfileId": [1, 12, "3"]}}


def test_an_optional_number_can_be_left_out():
    payload = {"reservationId": 7, "transactionInfo": {"remoteStartId": 8, "transactionId": "T"}}
    changed = rewrite(payload, id_fields(Version.V201, "TransactionEvent"), lambda _, value: None)
    assert changed == {"transactionInfo": {"transactionId": "T"}}


def test_an_optional_element_can_be_left_out():
    payload = {"requestId": 1, "id": [1, 2, 3]}
    fields = id_fields(Version.V201, "GetDisplayMessages")
    assert rewrite(payload, fields, lambda _, value: None if value == 2 else value) == {"requestId": 1, "id": [1, 3]}


def test_a_required_number_cannot_be_left_out():
    (field,) = id_fields(Version.V16, "RemoteStopTransaction")
    with pytest.raises(KeyError) as error:
        rewrite({"transactionId": 1}, (field,), lambda _, value: None)
    assert error.value.args == (field,)


@pytest.mark.parametrize("value", [True, False, None, "7", 7.5, [7], {"id": 7}, 2**63, -(2**63), 10**30])
def test_what_is_no_integer_of_64_bits_is_no_id(value):
    assert not is_id(value)
    assert rewrite({"requestId": value}, id_fields(Version.V201, "GetLog"), add_thousand) is None


@pytest.mark.parametrize("value", [0, -1, 2**63 - 1, 1 - 2**63])
def test_any_integer_of_64_bits_is_an_id(value):
    assert is_id(value)


@pytest.mark.parametrize(
    "payload",
    [{}, {"chargingProfile": 5}, {"chargingProfile": [{"id": 7}]}, {"chargingProfile": {"id": {}}}, {"id": 7}],
)
def test_a_payload_of_another_shape_stays_as_it_is(payload):
    assert rewrite(payload, id_fields(Version.V201, "SetChargingProfile"), add_thousand) is None


def test_an_object_where_an_array_should_be_stays_as_it_is():
    payload = {"messageInfo": {"id": 7, "[]": {"id": 7}}}
    assert rewrite(payload, id_fields(Version.V201, "NotifyDisplayMessages"), add_thousand) is None


def test_a_number_is_read_at_its_place():
    field = owner_field(Version.V201, "NotifyReport")
    assert field is not None
    assert value_at({"requestId": 7}, field) == 7
    assert value_at({"requestId": "7"}, field) is None
    assert value_at({}, field) is None
    deep = id_fields(Version.V201, "TransactionEvent")[1]
    assert value_at({"transactionInfo": {"remoteStartId": 8}}, deep) == 8
    assert value_at({"transactionInfo": [8]}, deep) is None


def test_a_payload_without_the_names_cannot_hold_one():
    fields = id_fields(Version.V201, "TransactionEvent")
    assert may_hold(b'{"reservationId" : 7}', fields)
    assert may_hold(b'{"transactionInfo":{"remoteStartId":7}}', fields)
    assert may_hold(rb'{"reserv\u0061tionId":7}', fields)
    assert not may_hold(b'{"xreservationId":7,"reservationIds":8}', fields)
    assert not may_hold(b'{"reservationId":7}', ())


json = st.recursive(
    st.integers(-5, 5) | st.booleans() | st.none() | st.sampled_from(["", "7"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["requestId", "messageInfo", "id", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["requestId", "messageInfo", "id", "x"]), json, max_size=4))
def test_a_translation_and_its_inverse_give_the_same_text_again(payload):
    fields = id_fields(Version.V201, "NotifyDisplayMessages")
    before = encode(payload)
    there = rewrite(payload, fields, add_thousand)
    assert encode(payload) == before
    if there is None:
        assert rewrite(payload, fields, lambda _, value: None) is None  # there was no number at all
    else:
        back = rewrite(there, fields, lambda _, value: value - 1000)
        assert back is not None
        assert encode(back) == before
