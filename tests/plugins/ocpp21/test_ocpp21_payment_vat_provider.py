from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp21.payment.vat_provider import understood
from plugins.shared.json_service import Unavailable

COMPANY = {"name": "Example BV", "address1": "Street 1", "city": "Arnhem", "country": "NL"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("valid", "company", "name", "city")) | st.text(), inner, max_size=4)
    ),
)


@pytest.mark.parametrize("answer", [{"valid": 1}, {}, [], None, "true"])
def test_what_is_no_answer_is_none(answer):
    with pytest.raises(Unavailable, match="no member valid"):
        understood(answer)


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ({**COMPANY, "secret": 1, "postalCode": "6811"}, {**COMPANY, "postalCode": "6811"}),
        ({**COMPANY, "name": "x" * 60}, {**COMPANY, "name": "x" * 50}),
        ({**COMPANY, "city": ""}, None),
        ({**COMPANY, "city": 5}, None),
        (5, None),
    ],
)
def test_a_company_is_complete_and_fits_or_is_left_out(company, expected):
    assert understood({"valid": True, "company": company}).get("company") == expected


@given(JSON)
def test_any_answer_is_understood_or_none(answer):
    with suppress(Unavailable):
        assert set(understood(answer)) <= {"valid", "company"}
