import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.local_auth_list.form import FORM

INFO = {"status": "Accepted", "type": "eMAID", "groupIdToken": {"idToken": "G", "type": "Central"}}
ADDITIONAL = [{"additionalIdToken": "x", "type": "y"}]


def test_an_entry_is_written_with_its_type_and_its_info():
    assert FORM.write("A", INFO) == {
        "idToken": {"idToken": "A", "type": "eMAID"},
        "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "G", "type": "Central"}},
    }


def test_a_removal_has_no_info():
    assert FORM.removal("A", INFO) == {"idToken": {"idToken": "A", "type": "eMAID"}}
    assert FORM.removal("A", {}) == {"idToken": {"idToken": "A", "type": "Central"}}


def test_additional_information_stays_with_the_id_token():
    written = FORM.write("A", {**INFO, "additionalInfo": ADDITIONAL})
    assert written["idToken"] == {"idToken": "A", "type": "eMAID", "additionalInfo": ADDITIONAL}
    assert "additionalInfo" not in written["idTokenInfo"]
    assert FORM.read(written) == ("A", "eMAID", {**INFO, "additionalInfo": ADDITIONAL})


@given(
    one=st.text("Ab1", min_size=1),
    info=st.fixed_dictionaries({"status": st.text(max_size=3), "type": st.text("ab", min_size=1)}),
)
def test_what_is_written_is_read_again(one, info):
    assert FORM.read(FORM.write(one, info)) == (one, info["type"], info)
    assert FORM.read(FORM.removal(one, info)) == (one, info["type"], None)


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, {"idToken": "A"}, {"idToken": {}}, {"idToken": {"idToken": 5}}])
def test_what_names_no_id_token_is_no_entry(odd):
    assert FORM.read(odd) is None


def test_a_type_or_info_that_cannot_be_read_is_none():
    assert FORM.read({"idToken": {"idToken": "A", "type": 5}, "idTokenInfo": []}) == ("A", "", None)
