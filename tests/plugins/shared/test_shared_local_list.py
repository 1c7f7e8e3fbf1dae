import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import LocalList
from plugins.ocpp16.local_list import FORM
from plugins.ocpp201.local_auth_list.form import FORM as FORM_2
from plugins.shared import local_list
from plugins.shared.ci_string import folded
from plugins.shared.local_list import after_version, changed, known, missing, next_version, parts, unknown

ACCEPTED = {"status": "Accepted"}
BLOCKED = {"status": "Blocked"}
TAGS = st.text("abAB1", min_size=1, max_size=3)
INFOS = st.sampled_from([ACCEPTED, BLOCKED, {"status": "Accepted", "parentIdTag": "G"}])


def applied(before, update):
    return local_list.applied(FORM, before, update)


def after_send(*args):
    return local_list.after_send(FORM, *args)


def one_each(entries):
    """No two idTags that are the same to OCPP."""
    return {folded(tag): info for tag, info in entries.items()}


ENTRIES = st.dictionaries(TAGS, INFOS).map(one_each)


def book(version=3, entries=None, status="Accepted"):
    found = {"A": ACCEPTED} if entries is None else entries
    return LocalList(identity="CP001", version=version, status=status, updated_at=1.0, entries=found)


def send(version=4, kind="Differential", update=None):
    payload = {"listVersion": version, "updateType": kind}
    return payload if update is None else {**payload, "localAuthorizationList": update}


# --- entries ------------------------------------------------------------------------------------------------------


def test_every_entry_is_listed_with_its_info():
    assert FORM.listed({"A": ACCEPTED, "B": BLOCKED}) == [
        {"idTag": "A", "idTagInfo": ACCEPTED},
        {"idTag": "B", "idTagInfo": BLOCKED},
    ]


def test_an_update_adds_changes_and_deletes():
    update = [{"idTag": "B", "idTagInfo": BLOCKED}, {"idTag": "A", "idTagInfo": BLOCKED}, {"idTag": "C"}]
    assert applied({"A": ACCEPTED, "C": ACCEPTED}, update) == {"B": BLOCKED, "A": BLOCKED}


def test_an_entry_takes_the_place_of_the_one_in_other_letters():
    assert applied({"abc": ACCEPTED}, [{"idTag": "ABC", "idTagInfo": BLOCKED}]) == {"ABC": BLOCKED}
    assert applied({"abc": ACCEPTED}, [{"idTag": "ABC"}]) == {}


def test_the_last_of_two_entries_with_one_id_tag_counts():
    update = [{"idTag": "A", "idTagInfo": BLOCKED}, {"idTag": "a", "idTagInfo": ACCEPTED}]
    assert applied({}, update) == {"a": ACCEPTED}


def test_what_was_there_is_left_alone_by_applying():
    before = {"A": ACCEPTED}
    applied(before, [{"idTag": "A"}])
    assert before == {"A": ACCEPTED}


@pytest.mark.parametrize("update", [None, "A", {"idTag": "A"}, [None, 5, "A", {}, {"idTag": 5}, {"idTag": None}]])
def test_what_is_no_list_of_entries_changes_nothing(update):
    assert applied({"A": ACCEPTED}, update) == {"A": ACCEPTED}


def test_an_id_tag_that_cannot_be_written_down_is_kept_as_it_can():
    assert applied({}, [{"idTag": "\ud800", "idTagInfo": ACCEPTED}]) == {"?": ACCEPTED}


@given(before=ENTRIES, wanted=ENTRIES)
def test_the_difference_brings_any_list_to_any_other(before, wanted):
    update = [*FORM.listed(changed(before, wanted)), *({"idTag": tag} for tag in missing(before, wanted))]
    assert applied(before, update) == wanted


@given(entries=ENTRIES)
def test_a_list_differs_from_itself_in_nothing(entries):
    again = {tag.upper(): info for tag, info in entries.items()}
    assert changed(entries, again) == {}
    assert missing(entries, again) == []


def test_only_what_differs_is_changed():
    have = {"A": ACCEPTED, "B": ACCEPTED, "C": ACCEPTED}
    assert changed(have, {"a": ACCEPTED, "B": BLOCKED, "D": ACCEPTED}) == {"B": BLOCKED, "D": ACCEPTED}


def test_what_is_missing_is_named_once():
    assert missing(["A", "b", "B", "c"], {"a": ACCEPTED}) == ["B", "c"]


def test_2_removes_what_has_no_info():
    update = [{"idToken": {"idToken": "a", "type": "Local"}}, {"idToken": {"idToken": "B", "type": "eMAID"},
              "idTokenInfo": BLOCKED}]  # fmt: skip
    before = {"A": {**ACCEPTED, "type": "Local"}}
    assert local_list.applied(FORM_2, before, update) == {"B": {**BLOCKED, "type": "eMAID"}}


@pytest.mark.parametrize("info", [{}, {"idTokenInfo": ACCEPTED}])
def test_nothing_is_known_of_a_list_that_has_one_id_with_two_types(info):
    update = [{"idToken": {"idToken": "a", "type": "Local"}, **info}]
    assert local_list.applied(FORM_2, {"A": {**ACCEPTED, "type": "eMAID"}}, update) is None
    book_2 = book(3, {"A": {**ACCEPTED, "type": "eMAID"}})
    payload = {"versionNumber": 4, "updateType": "Differential", "localAuthorizationList": update}
    after = local_list.after_send(FORM_2, book_2, payload, "Accepted", 9.0)
    assert (after.version, known(after)) == (4, None)


# --- messages -----------------------------------------------------------------------------------------------------


@given(count=st.integers(0, 50), most=st.integers(1, 12))
def test_parts_hold_everything_in_order_and_none_is_too_long(count, most):
    update = [{"idTag": str(number)} for number in range(count)]
    found = parts(update, most)
    assert [entry for part in found for entry in part] == update
    assert all(len(part) <= most for part in found)
    assert len(found) == max(1, -(-count // most))


@given(lengths=st.lists(st.integers(1, 30), max_size=30), most=st.integers(1, 12), most_bytes=st.integers(40, 200))
def test_parts_are_as_short_as_the_station_wants_them(lengths, most, most_bytes):
    update = [{"idTag": "\u00e4" * length} for length in lengths]
    found = parts(update, most, most_bytes)
    assert [entry for part in found for entry in part] == update
    sizes = [[len(json.dumps(entry, ensure_ascii=False).encode()) for entry in part] for part in found]
    assert all(len(part) == 1 or (len(part) <= most and sum(part) <= most_bytes) for part in sizes if part)


@pytest.mark.parametrize(
    ("version", "following"), [(-1, 1), (0, 1), (1, 2), (2**31 - 2, 2**31 - 1), (2**31 - 1, 1), (2**40, 1), (-99, 1)]
)
def test_a_version_is_followed_by_the_next_one_of_32_bits(version, following):
    assert next_version(version) == following


# --- the book -----------------------------------------------------------------------------------------------------


def test_of_a_station_that_was_never_asked_nothing_is_known():
    assert known(unknown("CP001")) is None
    assert next_version(unknown("CP001").version) == 1


def test_a_list_of_version_0_is_known_to_be_empty():
    assert known(book(0, {})) == {}


def test_a_list_without_entries_of_another_version_is_not_known():
    assert known(book(3, {})) is None
    assert known(book(-1, {})) is None


def test_a_full_list_takes_the_place_of_what_was_there():
    after = after_send(book(), send(7, "Full", [{"idTag": "B", "idTagInfo": BLOCKED}]), "Accepted", 9.0)
    assert after == LocalList(identity="CP001", version=7, status="Accepted", updated_at=9.0, entries={"B": BLOCKED})


def test_a_full_list_without_entries_empties_it():
    assert after_send(book(), send(7, "Full"), "Accepted", 9.0).entries == {}


def test_a_full_list_may_have_a_lower_version():
    assert after_send(book(9), send(2, "Full"), "Accepted", 9.0).version == 2


def test_a_differential_one_is_added_to_what_is_known():
    after = after_send(book(), send(4, update=[{"idTag": "B", "idTagInfo": BLOCKED}]), "Accepted", 9.0)
    assert (after.version, after.entries) == (4, {"A": ACCEPTED, "B": BLOCKED})


def test_a_differential_one_on_top_of_the_unknown_leaves_the_list_unknown():
    after = after_send(book(3, {}), send(4, update=[{"idTag": "B", "idTagInfo": BLOCKED}]), "Accepted", 9.0)
    assert (after.version, known(after)) == (4, None)


@pytest.mark.parametrize("status", ["Failed", "VersionMismatch", "NotSupported", "InternalError", ""])
def test_what_was_not_taken_leaves_the_book_as_it_was_but_for_the_status(status):
    after = after_send(book(), send(4, "Full", [{"idTag": "B", "idTagInfo": BLOCKED}]), status, 9.0)
    assert (after.version, after.entries, after.status, after.updated_at) == (3, {"A": ACCEPTED}, status, 9.0)


@pytest.mark.parametrize("version", [None, "x", True, 1.5, [], 2**70])
def test_a_version_that_is_no_number_is_not_kept(version):
    after = after_send(book(), send(version, "Full"), "Accepted", 9.0)
    assert (after.version, after.entries) == (3, {"A": ACCEPTED})


def test_the_version_that_was_expected_keeps_the_entries():
    after = after_version(book(3, status="Failed"), 3, 9.0)
    assert (after.version, after.entries, after.status, after.updated_at) == (3, {"A": ACCEPTED}, "Failed", 9.0)


@pytest.mark.parametrize("version", [1, 2, 4, -1])
def test_another_version_makes_the_entries_unknown(version):
    after = after_version(book(3), version, 9.0)
    assert (after.version, known(after)) == (version, None)


@pytest.mark.parametrize("before", [0, 3])
def test_version_0_makes_the_list_empty(before):
    after = after_version(book(before), 0, 9.0)
    assert (after.version, known(after)) == (0, {})


def test_the_book_before_is_left_alone():
    before = book()
    after_send(before, send(4, update=[{"idTag": "A"}]), "Accepted", 9.0)
    after_version(before, 8, 9.0)
    assert before == book()
