"""The numbers of one space: who gave which, and what each peer calls them."""

import pytest

from broker.session.books.idspace import IdSpace, Key

FRESH = range(2_000_000_000, 2**31)


@pytest.fixture
def space() -> IdSpace:
    return IdSpace(limit=4)


def given(peer: str, number: int) -> Key:
    return Key(peer, number, listed=False)


def listed(peer: str, number: int) -> Key:
    return Key(peer, number, listed=True)


# --- to the station ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, -1, 2**31, 2**63 - 1])
def test_a_free_number_is_kept(space, number):
    assert space.give("a", number) == number
    assert space.owner(number) == "a"


def test_a_number_that_another_has_given_becomes_a_fresh_one(space):
    space.give("a", 5)
    assert space.give("b", 5) in FRESH
    assert space.owner(5) == "a"


def test_a_fresh_number_is_no_number_that_somebody_has_given(space):
    space.give("a", FRESH[0])
    space.give("a", 5)
    assert space.give("b", 5) == FRESH[1]
    assert space.give("c", FRESH[1]) == FRESH[2]


def test_a_peer_that_gives_its_number_again_gets_the_same(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    assert (space.give("a", 5), space.give("b", 5)) == (5, fresh)


def test_a_peer_names_what_it_has_given(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    assert (space.name("a", 5), space.name("b", 5)) == (5, fresh)


def test_what_another_has_given_is_not_reached_by_its_number_at_the_station(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    named = {space.name("c", 5), space.name("c", fresh), space.name("a", fresh)}
    assert len(named) == 3
    assert not named & {5, fresh}
    assert all(number in FRESH for number in named)


def test_a_peer_does_not_reach_its_own_by_the_number_at_the_station(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    assert space.name("b", fresh) != fresh


def test_what_nobody_has_given_is_named_as_it_is(space):
    space.give("a", 5)
    assert (space.name("a", 6), space.name("b", 6), space.name("b", -1)) == (6, 6, -1)


def test_naming_remembers_nothing(space):
    space.give("a", 5)
    space.changed.clear()
    space.name("b", 5)
    space.name("b", 6)
    assert space.changed == {}
    assert list(space.rows()) == [(given("a", 5), 5)]
    assert space.give("b", 6) == 6


def test_a_number_that_was_made_up_for_a_name_is_not_given_to_something_else(space):
    space.give("a", 5)
    made_up = space.name("b", 5)
    assert space.give("b", 5) != made_up


# --- to the peer ------------------------------------------------------------------------------------------------------


def test_a_peer_is_told_its_own_number_and_nobody_else_is(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    assert (space.tell("a", 5), space.tell("b", fresh)) == (5, 5)
    assert (space.tell("b", 5), space.tell("a", fresh), space.tell("c", 5)) == (None, None, None)


def test_what_nobody_has_given_is_told_as_it_is(space):
    space.give("a", 5)
    assert (space.tell("a", 6), space.tell("c", 6)) == (6, 6)


def test_what_nobody_has_given_is_not_told_as_what_the_peer_has_given(space):
    space.give("a", 5)
    space.give("b", 5)
    space.give("a", 6)
    space.forget(5)
    assert space.tell("a", 5) == 5
    assert space.tell("b", 5) is None


def test_a_report_lends_a_peer_the_number_at_the_station_where_it_is_free(space):
    space.give("a", 5)
    assert space.enlist("b", 5) == 5
    assert space.name("b", 5) == 5
    assert space.owner(5) == "a"
    assert space.tell("b", 5) is None


def test_a_report_lends_another_number_where_the_peer_has_given_that_one(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    lent = space.enlist("b", 5)
    assert lent not in (5, fresh)
    assert (space.name("b", lent), space.name("b", 5)) == (5, fresh)
    assert space.enlist("b", fresh) == 5


def test_a_report_lends_another_number_where_that_one_is_lent_already(space):
    space.give("a", 5)
    space.give("b", 5)
    lent = space.enlist("b", 5)
    assert space.give("c", lent) == lent
    second = space.enlist("b", lent)
    assert second not in (5, lent)
    assert (space.name("b", lent), space.name("b", second)) == (5, lent)


def test_what_nobody_has_given_is_not_told_as_what_the_peer_was_lent_a_number_for(space):
    space.give("a", 5)
    space.give("b", 5)
    lent = space.enlist("b", 5)
    assert (space.tell("b", lent), space.tell("c", lent)) == (None, lent)


def test_a_report_lends_the_same_number_again(space):
    space.give("a", 5)
    space.give("b", 5)
    assert space.enlist("b", 5) == space.enlist("b", 5)


def test_a_report_of_what_nobody_has_given_remembers_nothing(space):
    assert space.enlist("a", 5) == 5
    assert space.changed == {}


def test_a_report_of_what_nobody_has_given_lends_a_number_where_it_looks_like_the_peers_own(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    space.forget(5)
    lent = space.enlist("b", 5)
    assert lent not in (5, fresh)
    assert space.name("b", lent) == 5
    assert space.enlist("b", 5) == lent


def test_a_peer_that_gives_a_number_it_was_lent_means_something_of_its_own(space):
    space.give("a", 5)
    space.enlist("b", 5)
    own = space.give("b", 5)
    assert own in FRESH
    assert (space.name("b", 5), space.tell("b", own), space.owner(5)) == (own, 5, "a")
    assert space.enlist("b", 5) not in (5, own)


def test_a_peer_that_takes_over_what_it_was_lent_a_number_for_has_one_number_for_it(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    lent = space.enlist("b", 5)
    space.forget(fresh)
    for number in (1, 2, 3, 4):
        space.give("a", number)  # so that nobody is known to have given 5
    assert space.give("b", 5) == 5
    assert listed("b", lent) not in dict(space.rows())
    assert space.changed[listed("b", lent)] is None
    assert space.enlist("b", 5) == 5


# --- rows -------------------------------------------------------------------------------------------------------------


def test_what_was_written_is_noted_with_the_number_at_the_station(space):
    space.give("a", 5)
    fresh = space.give("b", 5)
    lent = space.enlist("b", 5)
    assert space.changed == {given("a", 5): 5, given("b", 5): fresh, listed("b", lent): 5}
    assert dict(space.rows()) == space.changed


def test_what_is_given_again_is_not_written_again(space):
    space.give("a", 5)
    space.changed.clear()
    space.give("a", 5)
    assert space.changed == {}


def test_what_is_forgotten_is_free_again_and_lent_to_nobody(space):
    space.give("a", 5)
    space.enlist("b", 5)
    space.changed.clear()
    space.forget(5)
    assert space.changed == {given("a", 5): None, listed("b", 5): None}
    assert list(space.rows()) == []
    assert space.owner(5) is None
    assert space.give("c", 5) == 5


def test_forgetting_what_is_not_known_does_nothing(space):
    space.give("a", 5)
    space.changed.clear()
    space.forget(6)
    assert space.changed == {}


def test_beyond_the_limit_the_peers_number_that_was_longest_not_given_is_forgotten(space):
    for number in (1, 2, 3, 4, 1, 5):
        space.give("a", number)
    assert [key.number for key, _ in space.rows()] == [3, 4, 1, 5]
    assert space.changed[given("a", 2)] is None
    assert space.owner(2) is None


def test_a_peer_that_gives_much_makes_nobody_else_forgotten(space):
    space.give("a", 1)
    for number in range(100):
        space.give("b", number)
    assert space.owner(1) == "a"
    assert len(list(space.rows())) == 5


def test_what_is_lent_has_a_limit_too(space):
    for number in range(4):
        space.give("a", number)
        space.give("c", 10 + number)
    for number in (0, 1, 2, 3, 10):
        space.enlist("b", number)
    assert [key.number for key, _ in space.rows() if key.listed] == [1, 2, 3, 10]
    assert space.changed[listed("b", 0)] is None


def test_rows_loaded_are_what_was_known(space):
    space.give("a", 5)
    space.give("b", 5)
    space.enlist("b", 5)
    space.enlist("c", 5)
    again = IdSpace(limit=4)
    for key, station_id in space.rows():
        again.load(key, station_id)
    assert list(again.rows()) == list(space.rows())
    assert again.changed == {}
    assert again.owner(5) == "a"
    assert again.enlist("b", 5) == space.enlist("b", 5)


def test_fresh_numbers_go_on_behind_those_loaded(space):
    space.load(given("a", 1), FRESH[40])
    space.load(listed("b", FRESH[50]), FRESH[40])
    space.load(given("a", 2), FRESH[20])
    space.give("a", 5)
    assert space.give("b", 5) == FRESH[51]


def test_fresh_numbers_begin_again_behind_the_last(space):
    space.load(given("a", 1), FRESH[-2])
    for number in (5, 6, 7):
        space.give("a", number)
    assert [space.give("b", number) for number in (5, 6, 7)] == [FRESH[-1], FRESH[0], FRESH[1]]


def test_fresh_numbers_begin_again_where_the_last_was_loaded(space):
    space.load(given("a", 1), FRESH[-1])
    space.load(given("a", 2), 2**40)
    space.give("a", 5)
    assert space.give("b", 5) == FRESH[0]


@pytest.mark.parametrize(
    ("key", "station_id"),
    [
        (given("a", 5), 6),
        (given("b", 9), 5),
        (listed("a", 5), 6),
        (listed("a", 9), 5),
        (given("c", 5), 6),
        (listed("c", 9), 5),
    ],
)
def test_a_row_that_contradicts_an_earlier_one_is_left_out(space, key, station_id):
    space.load(given("a", 5), 5)
    space.load(listed("c", 5), 5)
    before = list(space.rows())
    space.load(key, station_id)
    assert list(space.rows()) == before
