"""Fair sharing of a site among its transactions."""

from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.smart_charging.sharing import allowed, shares

amounts = st.floats(0, 1000)
wanted = st.dictionaries(st.integers(0, 20), st.none() | amounts, min_size=1, max_size=8)


def test_everybody_gets_the_same() -> None:
    assert shares(30, {"a": None, "b": None, "c": 50.0}) == {"a": 10, "b": 10, "c": 10}


def test_what_one_cannot_use_is_for_the_others() -> None:
    assert shares(30, {"a": None, "b": None, "c": 6.0}) == {"c": 6, "a": 12, "b": 12}


def test_nobody_gets_less_than_nothing() -> None:
    assert shares(-5, {"a": None, "b": -3.0}) == {"b": 0, "a": 0}


def test_what_another_still_holds_is_not_there_to_be_given() -> None:
    wants = {"a": None, "b": None}
    assert allowed(32, wants, "b", {}) == 16
    assert allowed(32, wants, "b", {"a": 20.0}) == 12
    assert allowed(32, wants, "b", {"a": 40.0}) == 0
    assert allowed(32, wants, "a", {"a": 40.0}) == 16


@given(amounts, wanted)
def test_together_they_stay_within_the_limit_and_none_above_its_want(limit: float, wants: dict) -> None:
    found = shares(limit, wants)
    assert found.keys() == wants.keys()
    assert sum(found.values()) <= limit + 1e-6
    assert all(wants[key] is None or found[key] <= wants[key] for key in wants)


@given(amounts, wanted)
def test_who_gets_less_than_it_wants_gets_as_much_as_any_other(limit: float, wants: dict) -> None:
    found = shares(limit, wants)
    short = [key for key in wants if wants[key] is None or found[key] < wants[key] - 1e-6]
    assert all(found[key] >= max(found.values()) - 1e-6 for key in short)
    assert not short or sum(found.values()) >= limit - 1e-6


@given(amounts, wanted, st.dictionaries(st.integers(0, 20), amounts))
def test_one_after_the_other_they_never_get_more_than_there_is(limit: float, wants: dict, promised: dict) -> None:
    """Whatever they hold at first: who is lowered comes first, and then the sum is within the limit, and stays."""
    held = {key: promised.get(key, 0.0) for key in wants}
    for _ in range(2):
        for key in wants:
            held[key] = min(held[key], allowed(limit, wants, key, held))
    for key in wants:
        held[key] = allowed(limit, wants, key, held)
        assert sum(held.values()) <= limit + 1e-6
