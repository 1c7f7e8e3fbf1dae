from broker.testing import TestSession
from plugins.ocpp201.tariff_cost.running import running_of


def test_the_notes_of_a_connection_stay_with_it():
    one, other = TestSession(), TestSession()
    told = running_of(one).follow("tx")
    told.at = 5.0
    assert running_of(one).follow("tx") is told
    assert running_of(other).told == {}


def test_a_station_cannot_have_more_transactions_than_so_many():
    notes = running_of(TestSession())
    assert all(notes.follow(str(number)) is not None for number in range(100))
    assert notes.follow("one too many") is None
    assert notes.follow("7") is not None
