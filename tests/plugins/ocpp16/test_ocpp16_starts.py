import pytest

from broker.api import Transaction
from plugins.ocpp16 import starts as module
from plugins.ocpp16.starts import MAX_TRANSACTION_ID, Starts, start_key

START = {"connectorId": 1, "idTag": "CARD1", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}


def running(transaction_id: str, key: str) -> Transaction:
    return Transaction(identity="CP1", transaction_id=transaction_id, version="ocpp1.6", start_key=key)


@pytest.mark.parametrize(
    "other", [{"connectorId": 2}, {"idTag": "CARD2"}, {"meterStart": 1}, {"timestamp": "x"}, {"reservationId": 1}]
)
def test_a_start_is_known_by_all_that_makes_it(other):
    assert start_key(START) == start_key({**START, "vendorsOwn": 1})
    assert start_key(START) != start_key({**START, **other})


def test_a_key_shows_no_id_tag_and_takes_any_shape():
    assert "CARD1" not in start_key(START)
    assert start_key({"idTag": "\ud800", "connectorId": [{}]}) != start_key({})


def test_the_same_start_has_the_same_number_and_another_one_another():
    starts = Starts()
    first = starts.number("CP1", "a")
    assert 1 <= first <= MAX_TRANSACTION_ID
    assert starts.number("CP1", "a") == first
    assert starts.number("CP1", "b") != first


def test_two_stations_share_nothing():
    starts = Starts()
    assert starts.number("CP1", "a") != starts.number("CP2", "a")


def test_numbers_are_never_given_twice_to_one_station(monkeypatch):
    drawn = iter([4, 4, 4, 6, 8])
    monkeypatch.setattr(module.secrets, "randbelow", lambda below: next(drawn))
    starts = Starts()
    assert [starts.number("CP1", key) for key in "abac"] == [5, 7, 5, 9]


def test_what_ran_before_a_restart_keeps_its_number():
    starts = Starts()
    assert not starts.knows("CP1")
    starts.learn("CP1", [running("77", "a"), running("odd", "b"), running("5", "")])
    assert starts.knows("CP1")
    assert starts.number("CP1", "a") == 77
    assert starts.number("CP1", "") != 5


def test_what_was_answered_meanwhile_counts_before_the_records():
    starts = Starts()
    first = starts.number("CP1", "a")
    starts.learn("CP1", [running("77", "a")])
    assert starts.number("CP1", "a") == first


def test_the_broker_has_the_last_word_on_a_number():
    starts = Starts()
    starts.number("CP1", "a")
    starts.given("CP1", "a", 9)
    assert starts.number("CP1", "a") == 9
    starts.given("CP2", "a", 9)
    assert not starts.knows("CP2")


def test_what_the_broker_has_said_is_the_newest(monkeypatch):
    monkeypatch.setattr(module, "STARTS", 2)
    starts = Starts()
    starts.number("CP1", "a")
    other = starts.number("CP1", "b")
    starts.given("CP1", "a", 9)
    starts.number("CP1", "c")
    assert starts.number("CP1", "a") == 9
    assert starts.number("CP1", "b") != other


def test_what_is_remembered_is_bounded_and_the_oldest_goes_first(monkeypatch):
    monkeypatch.setattr(module, "STATIONS", 2)
    monkeypatch.setattr(module, "STARTS", 2)
    starts = Starts()
    one = [starts.number("CP1", key) for key in "abc"]
    assert starts.number("CP1", "c") == one[2]
    assert starts.number("CP1", "a") != one[0]
    starts.number("CP2", "a")
    starts.number("CP1", "c")
    starts.number("CP3", "a")
    assert [starts.knows(name) for name in ("CP1", "CP2", "CP3")] == [True, False, True]
