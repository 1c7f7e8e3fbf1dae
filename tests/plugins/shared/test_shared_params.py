"""Parameters of operations."""

from typing import Annotated

import pytest
from pydantic import ValidationError

from plugins.shared.params import AsList, AsText, Params


class Given(Params):
    text: Annotated[str, AsText] = ""
    maybe: Annotated[str | None, AsText] = None
    several: Annotated[tuple[str, ...], AsList] = ()


@pytest.mark.parametrize(
    ("value", "text"), [("60", "60"), (60, "60"), (True, "true"), (1.5, "1.5"), ({"a": "ü"}, '{"a":"ü"}')]
)
def test_what_is_no_text_becomes_the_json_of_it(value, text):
    assert Given(text=value).text == text
    assert Given(maybe=None).maybe is None


@pytest.mark.parametrize(("value", "found"), [("a", ("a",)), (["a", "b"], ("a", "b")), ([], ())])
def test_one_is_a_list_of_one(value, found):
    assert Given(several=value).several == found


def test_an_unknown_one_is_an_error_without_its_value():
    with pytest.raises(ValidationError) as caught:
        Given(password="S3CRET")
    assert "S3CRET" not in str(caught.value)
