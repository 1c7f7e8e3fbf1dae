from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp16.local_list import applied, listed
from plugins.ocpp16.local_list_update import Update, as_given, differential, full, to_be

ACCEPTED = {"status": "Accepted"}
BLOCKED = {"status": "Blocked"}
INVALID = {"status": "Invalid"}
ENTRIES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([ACCEPTED, BLOCKED]))


def diff(wanted, before, infos=None, named=None, force=False):
    return differential(wanted, before, wanted if infos is None else infos, named, force=force)


def test_given_entries_go_as_they_are():
    entries = [{"idTag": "A"}, {"idTag": "A", "idTagInfo": BLOCKED}]
    assert as_given("Differential", entries, None) == Update("Differential", entries, None)
    assert as_given("Differential", entries, {"C": ACCEPTED}).whole == {"C": ACCEPTED, "A": BLOCKED}
    assert as_given("Full", entries, {"C": ACCEPTED}) == Update("Full", entries, {"A": BLOCKED})


def test_a_list_that_only_lacks_something_gets_the_difference():
    update = to_be({"A": ACCEPTED, "B": BLOCKED}, {"a": ACCEPTED}, force=False)
    assert update == Update("Differential", listed({"B": BLOCKED}), {"A": ACCEPTED, "B": BLOCKED})


def test_a_list_that_is_not_known_gets_all():
    assert to_be({"A": ACCEPTED}, None, force=False) == full({"A": ACCEPTED})


def test_an_empty_list_gets_all():
    assert to_be({"A": ACCEPTED}, {}, force=False) == full({"A": ACCEPTED})


def test_a_list_that_has_too_much_gets_all():
    assert to_be({"A": ACCEPTED}, {"A": ACCEPTED, "B": ACCEPTED}, force=False) == full({"A": ACCEPTED})


def test_a_list_that_is_as_it_shall_be_needs_nothing():
    assert to_be({"A": ACCEPTED}, {"A": ACCEPTED}, force=False).needless
    assert to_be({}, {}, force=False).needless
    assert diff({"A": ACCEPTED}, {"A": ACCEPTED}).needless


def test_force_sends_what_is_there_already():
    assert to_be({"A": ACCEPTED}, {"A": ACCEPTED}, force=True) == full({"A": ACCEPTED})
    assert diff({"A": ACCEPTED}, {"A": ACCEPTED}, force=True).entries == listed({"A": ACCEPTED})


def test_a_full_list_is_never_needless():
    assert not full({}).needless


def test_full_is_what_comes_next_where_the_whole_list_is_known():
    assert Update("Differential", [], {"A": ACCEPTED}).as_full() == full({"A": ACCEPTED})
    assert Update("Differential", [], None).as_full() is None


def test_a_differential_by_name_tells_an_unknown_list_all():
    assert diff({"A": ACCEPTED}, None) == Update("Differential", listed({"A": ACCEPTED}), {"A": ACCEPTED})


def test_what_has_to_go_is_invalid_in_a_differential_by_name():
    update = diff({"A": ACCEPTED}, {"A": ACCEPTED, "B": ACCEPTED})
    assert update.entries == listed({"B": INVALID})
    assert update.whole == {"A": ACCEPTED}


def test_what_was_made_invalid_is_not_told_again():
    assert diff({"A": ACCEPTED}, {"A": ACCEPTED, "B": INVALID}).needless


def test_what_has_to_go_but_is_a_token_has_its_own_status():
    update = diff({}, {"b": ACCEPTED}, infos={"B": BLOCKED})
    assert update.entries == listed({"b": BLOCKED})


def test_named_tags_are_told_and_no_others():
    before = {"A": ACCEPTED, "C": ACCEPTED}
    update = diff({"B": ACCEPTED}, before, named=["B"])
    assert update == Update("Differential", listed({"B": ACCEPTED}), {**before, "B": ACCEPTED})


def test_a_named_tag_that_is_no_token_is_invalid():
    update = diff({"A": ACCEPTED}, None, named=["A", "x", "X"])
    assert update.entries == listed({"A": ACCEPTED, "X": INVALID})
    assert update.whole is None


@given(wanted=ENTRIES, before=ENTRIES, forced=st.booleans())
def test_the_list_is_as_wanted_afterwards(wanted, before, forced):
    update = to_be(wanted, before, force=forced)
    assert applied({} if update.type == "Full" else before, update.entries) == wanted
    assert update.whole == wanted


@given(wanted=ENTRIES, before=ENTRIES, forced=st.booleans())
def test_after_a_differential_by_name_nobody_may_charge_who_may_not(wanted, before, forced):
    update = diff(wanted, before, force=forced)
    assert update.type == "Differential"
    after = applied(before, update.entries)
    assert {tag: info for tag, info in after.items() if tag in wanted} == wanted
    assert all(info == INVALID for tag, info in after.items() if tag not in wanted)


@given(wanted=ENTRIES, before=st.none() | ENTRIES, forced=st.booleans())
def test_every_entry_has_its_info(wanted, before, forced):
    for update in (to_be(wanted, before, force=forced), diff(wanted, before, force=forced)):
        assert all(entry["idTagInfo"]["status"] for entry in update.entries)
