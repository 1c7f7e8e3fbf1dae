import chaos_messages as messages
import pytest
from chaos_messages import comparable, number_of

from broker.ocpp import Call, Schemas, Version

AT = "2026-01-01T00:00:00.000Z"
MADE = [
    ("ocpp1.6", "StartTransaction", messages.start(7, 1, "TAG", AT)),
    ("ocpp1.6", "MeterValues", messages.meter(7, 1, 99, AT)),
    ("ocpp1.6", "StopTransaction", messages.stop(7, 99, "TAG", AT)),
    *[
        ("ocpp2.0.1", "TransactionEvent", messages.event(7, kind, "tx", 0, 1, "TAG", AT))
        for kind in ("Started", "Updated", "Ended")
    ],
    ("ocpp1.6", "SecurityEventNotification", messages.security(7, AT)),
    ("ocpp2.0.1", "SecurityEventNotification", messages.security(7, AT)),
]


@pytest.mark.parametrize(("version", "action", "payload"), MADE)
def test_each_message_says_its_number(version, action, payload):
    assert number_of(action, payload) == 7


@pytest.mark.parametrize(("version", "action", "payload"), MADE)
def test_each_message_is_valid(version, action, payload):
    schemas = Schemas()
    assert action in schemas.actions(Version(version))
    assert schemas.check_call(Call.of(action, payload, version=Version(version))) is None


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("Heartbeat", {}),
        ("MeterValues", {"connectorId": 1, "meterValue": []}),
        ("MeterValues", {"transactionId": 1, "meterValue": []}),
        ("StartTransaction", {"meterStart": None}),
        ("StopTransaction", {}),
        ("SecurityEventNotification", {"techInfo": "none"}),
    ],
)
def test_others_and_broken_ones_have_no_number(action, payload):
    assert number_of(action, payload) is None


def test_only_the_transaction_id_of_1_6_and_offline_of_2_x_are_left_out_of_a_comparison():
    assert comparable("MeterValues", messages.meter(7, 1, 99, AT)) == comparable(
        "MeterValues", messages.meter(7, 1, 5, AT)
    )
    event = messages.event(7, "Started", "tx", 0, 1, "TAG", AT)
    assert comparable("TransactionEvent", event | {"offline": True}) == event
    assert comparable("StartTransaction", {"offline": True, "transactionId": 1}) == {
        "offline": True,
        "transactionId": 1,
    }
