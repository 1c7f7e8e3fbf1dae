import pytest
from ocpp201_tx_kit import event

from plugins.ocpp201.transactions import sequence, states
from plugins.ocpp201.transactions.event import read


def noted(*said, order=None):
    """What is kept after events of `(seqNo, chargingState or None)`, in this order."""
    details, order = {"seq": []}, {}
    for seq, state in said:
        one = read(event("Updated", seq, info={"chargingState": state} if state else {}))
        details["seq"] = sequence.with_number(details["seq"], seq)
        states.note(details, order, one)
    base = read(event("Updated", 0)).at
    return [((at - base) / 60, state) for at, state in details.get("states", [])]


def test_states_stand_in_the_order_of_their_numbers():
    assert noted((2, "SuspendedEV"), (0, "EVConnected"), (1, "Charging")) == [
        (0, "EVConnected"),
        (1, "Charging"),
        (2, "SuspendedEV"),
    ]


def test_a_state_that_goes_on_is_noted_once():
    assert noted((0, "Charging"), (1, "Charging"), (2, None), (3, "Charging")) == [(0, "Charging")]


def test_over_a_gap_a_state_is_noted_again_until_the_gap_is_filled():
    assert noted((0, "Charging"), (2, "Charging")) == [(0, "Charging"), (2, "Charging")]
    assert noted((0, "Charging"), (2, "Charging"), (1, None)) == [(0, "Charging")]
    assert noted((0, "Charging"), (2, "Charging"), (1, "Idle")) == [(0, "Charging"), (1, "Idle"), (2, "Charging")]


def test_an_event_without_a_state_says_nothing():
    assert noted((0, None), (1, None)) == []


def test_a_station_cannot_fill_the_store_with_states(monkeypatch):
    monkeypatch.setattr(states, "_MOST", 2)
    assert noted((0, "A"), (1, "B"), (2, "C"), (3, "D")) == [(0, "A"), (1, "B")]


@pytest.mark.parametrize("kept", [None, "x", 5])
def test_what_is_damaged_begins_anew(kept):
    details = {"seq": [[1, 1]], "states": kept}
    one = read(event("Updated", 1, info={"chargingState": "Charging"}))
    states.note(details, {"states": kept}, one)
    assert details["states"] == [[one.at, "Charging"]]
