import pytest
from pydantic import ValidationError

from plugins.shared.start_params import WithProfile


@pytest.mark.parametrize(
    "given", [{}, {"chargingProfile": {}}, {"limit": 0}, {"limit": 6.5, "unit": "W"}, {"limit": 6, "numberPhases": 3}]
)
def test_a_profile_or_a_limit_or_neither_may_be_given(given):
    assert WithProfile.model_validate(given).model_dump(exclude_unset=True) == given


def test_a_limit_is_in_ampere_unless_it_is_said():
    assert WithProfile(limit=6).unit == "A"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"limit": 6, "chargingProfile": {}}, "not both"),
        ({"unit": "W"}, "belong to limit"),
        ({"unit": "A", "chargingProfile": {}}, "belong to limit"),
        ({"numberPhases": 1}, "belong to limit"),
        ({"limit": -1}, "greater than or equal to 0"),
        ({"limit": "inf"}, "finite"),
        ({"limit": 6, "unit": "kW"}, "'A' or 'W'"),
        ({"limit": 6, "numberPhases": 0}, "greater than or equal to 1"),
        ({"limit": 6, "numberPhases": 4}, "less than or equal to 3"),
        ({"chargingProfile": []}, "dictionary"),
    ],
)
def test_what_makes_no_profile_is_refused(wrong, why):
    with pytest.raises(ValidationError, match=why):
        WithProfile.model_validate(wrong)
