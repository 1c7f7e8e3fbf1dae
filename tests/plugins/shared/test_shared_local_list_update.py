from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp16.local_list import FORM
from plugins.ocpp201.local_auth_list.form import FORM as FORM_2
from plugins.shared.local_list import applied
from plugins.shared.local_list_update import Update, as_given, differential, full, to_be

ACCEPTED = {"status": "Accepted"}
BLOCKED = {"status": "Blocked"}
INVALID = {"status": "Invalid"}
ENTRIES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([ACCEPTED, BLOCKED]))


def diff(wanted, before, infos=None, named=None, force=False):
    return differential(FORM, wanted, before, wanted if infos is None else infos, named, force=force)


def test_given_entries_go_as_they_are():
    entries = [{"idTag": "A"}, {"idTag": "A", "idTagInfo": BLOCKED}]
    assert as_given(FORM, "Differential", entries, None) == Update("Differential", entries, None)
    assert as_given(FORM, "Differential", entries, {"C": ACCEPTED}).whole == {"C": ACCEPTED, "A": BLOCKED}
    assert as_given(FORM, "Full", entries, {"C": ACCEPTED}) == Update("Full", entries, {"A": BLOCKED})


def test_a_list_that_only_lacks_something_gets_the_difference():
    update = to_be(FORM, {"A": ACCEPTED, "B": BLOCKED}, {"a": ACCEPTED}, force=False)
    assert update == Update("Differential", FORM.listed({"B": BLOCKED}), {"A": ACCEPTED, "B": BLOCKED})


def test_a_list_that_is_not_known_gets_all():
    assert to_be(FORM, {"A": ACCEPTED}, None, force=False) == full(FORM, {"A": ACCEPTED})


def test_an_empty_list_gets_all():
    assert to_be(FORM, {"A": ACCEPTED}, {}, force=False) == full(FORM, {"A": ACCEPTED})


def test_a_list_that_has_too_much_gets_all():
    assert to_be(FORM, {"A": ACCEPTED}, {"A": ACCEPTED, "B": ACCEPTED}, force=False) == full(FORM, {"A": ACCEPTED})


def test_a_list_that_is_as_it_shall_be_needs_nothing():
    assert to_be(FORM, {"A": ACCEPTED}, {"A": ACCEPTED}, force=False).needless
    assert to_be(FORM, {}, {}, force=False).needless
    assert diff({"A": ACCEPTED}, {"A": ACCEPTED}).needless


def test_force_sends_what_is_there_already():
    assert to_be(FORM, {"A": ACCEPTED}, {"A": ACCEPTED}, force=True) == full(FORM, {"A": ACCEPTED})
    assert diff({"A": ACCEPTED}, {"A": ACCEPTED}, force=True).entries == FORM.listed({"A": ACCEPTED})


def test_a_full_list_is_never_needless():
    assert not full(FORM, {}).needless


def test_a_differential_by_name_tells_an_unknown_list_all():
    assert diff({"A": ACCEPTED}, None) == Update("Differential", FORM.listed({"A": ACCEPTED}), {"A": ACCEPTED})


def test_what_has_to_go_is_invalid_in_a_differential_by_name():
    update = diff({"A": ACCEPTED}, {"A": ACCEPTED, "B": ACCEPTED})
    assert update.entries == FORM.listed({"B": INVALID})
    assert update.whole == {"A": ACCEPTED}


def test_what_was_made_invalid_is_not_told_again():
    assert diff({"A": ACCEPTED}, {"A": ACCEPTED, "B": INVALID}).needless


def test_what_has_to_go_but_is_a_token_has_its_own_status():
    update = diff({}, {"b": ACCEPTED}, infos={"B": BLOCKED})
    assert update.entries == FORM.listed({"b": BLOCKED})


def test_named_tags_are_told_and_no_others():
    before = {"A": ACCEPTED, "C": ACCEPTED}
    update = diff({"B": ACCEPTED}, before, named=["B"])
    assert update == Update("Differential", FORM.listed({"B": ACCEPTED}), {**before, "B": ACCEPTED})


def test_a_named_tag_that_is_no_token_is_invalid():
    update = diff({"A": ACCEPTED}, None, named=["A", "x", "X"])
    assert update.entries == FORM.listed({"A": ACCEPTED, "X": INVALID})
    assert update.whole is None


@given(wanted=ENTRIES, before=ENTRIES, forced=st.booleans())
def test_the_list_is_as_wanted_afterwards(wanted, before, forced):
    update = to_be(FORM, wanted, before, force=forced)
    assert applied(FORM, {} if update.type == "Full" else before, update.entries) == wanted
    assert update.whole == wanted


@given(wanted=ENTRIES, before=ENTRIES, forced=st.booleans())
def test_after_a_differential_by_name_nobody_may_charge_who_may_not(wanted, before, forced):
    update = diff(wanted, before, force=forced)
    assert update.type == "Differential"
    after = applied(FORM, before, update.entries)
    assert {tag: info for tag, info in after.items() if tag in wanted} == wanted
    assert all(info == INVALID for tag, info in after.items() if tag not in wanted)


@given(wanted=ENTRIES, before=st.none() | ENTRIES, forced=st.booleans())
def test_every_entry_has_its_info(wanted, before, forced):
    for update in (to_be(FORM, wanted, before, force=forced), diff(wanted, before, force=forced)):
        assert all(entry["idTagInfo"]["status"] for entry in update.entries)


# --- 2.x: what has to go is removed -----------------------------------------------------------------------------------

TYPED = st.dictionaries(
    st.sampled_from("abcdef"),
    st.sampled_from(
        [{"status": status, "type": kind} for status in ("Accepted", "Blocked") for kind in ("Local", "eMAID")]
    ),
)
LOCAL = {"status": "Accepted", "type": "Local"}


def removed(one, kind="Local"):
    return {"idToken": {"idToken": one, "type": kind}}


def test_what_has_to_go_is_removed_as_the_station_knows_it():
    update = to_be(FORM_2, {"A": LOCAL}, {"A": LOCAL, "B": {**LOCAL, "type": "eMAID"}}, force=False)
    assert update == Update("Differential", [removed("B", "eMAID")], {"A": LOCAL})


def test_a_list_that_shall_be_empty_is_sent_whole():
    assert to_be(FORM_2, {}, {"B": LOCAL}, force=False) == full(FORM_2, {})


def test_an_id_of_another_type_is_another_entry():
    update = to_be(FORM_2, {"A": LOCAL}, {"a": {**LOCAL, "type": "eMAID"}}, force=False)
    assert update == full(FORM_2, {"A": LOCAL})


def test_a_differential_by_name_removes_what_is_not_wanted():
    before = {"A": LOCAL, "B": LOCAL}
    assert differential(FORM_2, {"A": LOCAL}, before, {}, None, force=False).entries == [removed("B")]
    named = differential(FORM_2, {}, before, {}, ["b"], force=False)
    assert (named.entries, named.whole) == ([removed("B")], {"A": LOCAL})


def test_what_the_station_does_not_have_is_removed_only_by_force():
    infos = {"X": {"type": "KeyCode"}}
    assert differential(FORM_2, {}, {"A": LOCAL}, infos, ["x"], force=False).needless
    assert differential(FORM_2, {}, {"A": LOCAL}, infos, ["X"], force=True).entries == [removed("X", "KeyCode")]
    assert differential(FORM_2, {}, None, {}, ["X"], force=False).entries == [removed("X", "Central")]


@given(wanted=TYPED, before=TYPED, forced=st.booleans())
def test_the_list_of_2_is_as_wanted_afterwards(wanted, before, forced):
    update = to_be(FORM_2, wanted, before, force=forced)
    assert applied(FORM_2, {} if update.type == "Full" else before, update.entries) == wanted
