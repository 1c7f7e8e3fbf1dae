import pytest
from ocpp201_tx_kit import CARD

from broker.api import Call, Version
from plugins.ocpp201.transactions.meter_values import of_event


def call(raw):
    return Call("TransactionEvent", raw, version=Version.V201)


def test_meter_values_are_kept_as_they_were_sent_and_nothing_else():
    sent = b'[ {"sampledValue": [{"value": 1.50}] } ]'
    assert of_event(call(b'{"idToken": {"idToken": "CARD1"}, "meterValue": %b, "seqNo": 1}' % sent)) == sent


@pytest.mark.parametrize("raw", [b"{}", b'{"seqNo": 1}', b'{"meterValue": null}', b'{"meterValue": []}'])
def test_an_event_without_meter_values_has_none(raw):
    assert of_event(call(raw)) is None


def test_what_is_json_for_others_is_kept_too():
    made = of_event(call(b'{"idToken": "\\ud800", "meterValue": [{"timestamp": "\\ud800"}]}'))
    assert made == b'[{"timestamp":"\\ud800"}]'
    assert of_event(call(b'{"idToken": "\\ud800"}')) is None


def test_an_id_token_is_not_in_it():
    made = Call.of("TransactionEvent", {"idToken": CARD, "meterValue": [{"a": 1}]}, version=Version.V201)
    assert CARD["idToken"].encode() not in of_event(made)
