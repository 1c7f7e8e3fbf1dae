"""The numbers of one station, by space and peer, and their rows."""

import pytest

from broker.ocpp import Call, Version
from broker.ocpp.ids import Space
from broker.session.books.idmap import IdMap, IdRow

FRESH = range(2_000_000_000, 2**31)


def test_a_number_is_kept_where_it_is_free_at_the_station():
    ids = IdMap()
    assert ids.to_station("a", Space.REQUEST, 5) == 5
    assert ids.to_peer("a", Space.REQUEST, 5) == 5
    assert ids.owner(Space.REQUEST, 5) == "a"


def test_a_number_that_another_peer_has_given_becomes_a_fresh_one():
    ids = IdMap()
    ids.to_station("a", Space.REQUEST, 5)
    fresh = ids.to_station("b", Space.REQUEST, 5)
    assert fresh in FRESH
    assert (ids.to_peer("a", Space.REQUEST, 5), ids.to_peer("b", Space.REQUEST, fresh)) == (5, 5)
    assert (ids.to_peer("b", Space.REQUEST, 5), ids.to_peer("a", Space.REQUEST, fresh)) == (None, None)


def test_the_same_number_in_two_spaces_is_two_things():
    ids = IdMap()
    ids.to_station("a", Space.RESERVATION, 5)
    assert ids.to_station("b", Space.PROFILE, 5) == 5
    assert (ids.owner(Space.RESERVATION, 5), ids.owner(Space.PROFILE, 5)) == ("a", "b")
    ids.forget(Space.PROFILE, 5)
    assert (ids.owner(Space.RESERVATION, 5), ids.owner(Space.PROFILE, 5)) == ("a", None)


def test_a_named_number_is_not_remembered():
    ids = IdMap()
    assert ids.to_station("a", Space.PROFILE, 5, named=True) == 5
    ids.to_station("a", Space.PROFILE, 6)
    assert ids.to_station("b", Space.PROFILE, 6, named=True) in FRESH
    assert [row.peer for row in ids.rows()] == ["a"]


def test_a_report_gives_a_peer_a_number_for_what_another_has_given():
    ids = IdMap()
    ids.to_station("a", Space.PROFILE, 5)
    assert ids.to_peer("b", Space.PROFILE, 5, report=True) == 5
    assert ids.to_station("b", Space.PROFILE, 5, named=True) == 5
    assert ids.to_peer("b", Space.PROFILE, 5) is None


def test_where_nothing_is_known_everything_stays_as_it_is():
    ids = IdMap()
    assert ids.to_peer("a", Space.REQUEST, 5) == 5
    assert ids.to_peer("a", Space.REQUEST, 5, report=True) == 5
    assert ids.owner(Space.REQUEST, 5) is None
    ids.forget(Space.REQUEST, 5)
    assert ids.rows() == []


# --- trivial ----------------------------------------------------------------------------------------------------------


def test_one_peer_whose_numbers_are_the_stations_is_trivial():
    ids = IdMap()
    assert ids.trivial
    ids.to_station("a", Space.REQUEST, 5)
    ids.to_station("a", Space.PROFILE, 5)
    ids.to_station("b", Space.PROFILE, 7, named=True)
    ids.to_peer("b", Space.PROFILE, 8, report=True)
    assert ids.trivial


def test_a_second_peer_that_gives_a_number_is_not_trivial():
    ids = IdMap()
    ids.to_station("a", Space.REQUEST, 5)
    ids.to_station("b", Space.PROFILE, 6)
    assert not ids.trivial


def test_a_second_peer_that_is_lent_a_number_is_not_trivial():
    ids = IdMap()
    ids.to_station("a", Space.PROFILE, 5)
    ids.to_peer("b", Space.PROFILE, 5, report=True)
    assert not ids.trivial


def test_a_peer_with_another_number_than_the_stations_is_not_trivial():
    assert not IdMap([IdRow("profile", "a", 5, 6)]).trivial


def test_rows_loaded_that_are_all_one_peers_and_the_same_are_trivial():
    assert IdMap([IdRow("profile", "a", 5, 5), IdRow("request", "a", 6, 6)]).trivial
    assert not IdMap([IdRow("profile", "a", 5, 5), IdRow("request", "b", 6, 6)]).trivial


# --- rows -------------------------------------------------------------------------------------------------------------


def test_changes_are_told_once():
    ids = IdMap()
    ids.to_station("a", Space.RESERVATION, 5)
    assert ids.changes() == ([IdRow("reservation", "a", 5, 5)], [])
    assert ids.changes() == ([], [])
    ids.forget(Space.RESERVATION, 5)
    added, removed = ids.changes()
    assert added == []
    assert [(row.space, row.peer, row.peer_id) for row in removed] == [("reservation", "a", 5)]
    assert ids.changes() == ([], [])


def test_a_number_that_is_given_again_after_it_was_forgotten_is_written_and_not_removed():
    ids = IdMap()
    ids.to_station("a", Space.RESERVATION, 5)
    ids.forget(Space.RESERVATION, 5)
    ids.to_station("b", Space.RESERVATION, 5)
    ids.to_station("a", Space.RESERVATION, 5)
    added, removed = ids.changes()
    assert {(row.peer, row.peer_id, row.station_id in FRESH) for row in added} == {("a", 5, True), ("b", 5, False)}
    assert removed == []


def test_a_lent_number_is_a_row_of_another_space():
    ids = IdMap()
    ids.to_station("a", Space.PROFILE, 5)
    ids.to_peer("b", Space.PROFILE, 5, report=True)
    rows = [IdRow("profile", "a", 5, 5), IdRow("profile:listed", "b", 5, 5)]
    assert ids.rows() == rows
    assert ids.changes() == (rows, [])


@pytest.mark.parametrize("backwards", [False, True])
def test_rows_loaded_in_any_order_are_what_was_known(backwards):
    ids = IdMap()
    ids.to_station("a", Space.PROFILE, 5)
    fresh = ids.to_station("b", Space.PROFILE, 5)
    lent = ids.to_peer("b", Space.PROFILE, 5, report=True)
    ids.to_station("b", Space.REMOTE_START, 9)
    rows = ids.rows()
    again = IdMap(reversed(rows) if backwards else rows)
    assert set(map(repr, again.rows())) == set(map(repr, rows))
    assert again.changes() == ([], [])
    assert again.to_station("b", Space.PROFILE, 5) == fresh
    assert again.to_peer("b", Space.PROFILE, 5, report=True) == lent
    assert again.to_station("c", Space.PROFILE, 5) not in (5, fresh, lent)


def test_what_was_given_goes_before_what_was_lent():
    rows = [IdRow("profile:listed", "a", 5, 6), IdRow("profile", "a", 5, 5)]
    assert IdMap(rows).rows() == [IdRow("profile", "a", 5, 5)]


@pytest.mark.parametrize("space", ["", "tariff", ":listed", "profile:listed:listed", "PROFILE"])
def test_a_row_of_an_unknown_space_is_left_out(space):
    ids = IdMap([IdRow(space, "a", 5, 5)])
    assert ids.rows() == []


def test_what_is_remembered_has_a_limit_by_peer_and_space():
    ids = IdMap(limit=2)
    for number in range(10):
        ids.to_station("a", Space.REQUEST, number)
        ids.to_station("a", Space.DISPLAY, number)
    assert sorted((row.space, row.peer_id) for row in ids.rows()) == [
        ("display", 8),
        ("display", 9),
        ("request", 8),
        ("request", 9),
    ]


def call(action, payload, version=Version.V16):
    return Call.of(action, payload, version=version, origin="api")


RESERVE = {"connectorId": 1, "expiryDate": "2026-01-01T00:00:00Z", "idTag": "T", "reservationId": 5}


def test_whoever_names_things_by_the_stations_numbers_has_them_kept_and_noted():
    ids = IdMap()
    reserve = call("ReserveNow", RESERVE)
    assert ids.keep("local", reserve) is reserve
    assert ids.owner(Space.RESERVATION, 5) == "local"
    assert ids.to_station("a", Space.RESERVATION, 5) in FRESH, "an upstream that counts up to it gets another one"


def test_what_is_another_s_is_named_as_it_is_and_stays_that_one_s():
    ids = IdMap()
    ids.to_station("a", Space.RESERVATION, 5)
    for one in (call("ReserveNow", RESERVE), call("CancelReservation", {"reservationId": 5})):
        assert ids.keep("local", one) is one
    assert ids.owner(Space.RESERVATION, 5) == "a"


def test_the_number_of_a_request_that_is_another_s_is_a_fresh_one():
    """Or its reports would go to the other one."""
    ids = IdMap()
    ids.to_station("a", Space.REQUEST, 7)
    payload = {"requestId": 7, "reportBase": "FullInventory"}
    kept = ids.keep("local", call("GetBaseReport", payload, Version.V201))
    assert kept.payload["requestId"] in FRESH
    assert ids.owner(Space.REQUEST, kept.payload["requestId"]) == "local"
    free = call("GetBaseReport", {**payload, "requestId": 8}, Version.V201)
    assert ids.keep("local", free) is free
