import pytest

from plugins.shared.ci_string import folded


@pytest.mark.parametrize(("one", "other"), [("ABC123", "abc123"), ("Zz", "zZ"), ("04:A2", "04:a2"), ("", "")])
def test_case_makes_no_difference(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("straße", "STRASSE"), ("İ", "i"), ("Ä", "ä"), ("a", "b"), ("a ", "a")])
def test_letters_beyond_ascii_stay_apart_as_in_the_records(one, other):
    assert folded(one) != folded(other)
