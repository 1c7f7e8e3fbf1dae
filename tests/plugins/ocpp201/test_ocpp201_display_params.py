"""What operators give to the operations of `ocpp201.display`."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.display.params import ClearDisplayMessage, GetDisplayMessages, SetDisplayMessage


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"content": "hi", "message": {"content": "hi"}},
        {"message": {"content": "hi"}, "format": "ASCII"},
        {"message": {"content": "hi"}, "language": "en"},
        {"content": {}},
        {"content": "hi", "priority": "Loud"},
        {"content": "hi", "state": "Broken"},
        {"content": "hi", "format": "PDF"},
        {"content": "hi", "id": 2**31},
        {"content": "hi", "startDateTime": "2026-01-01T00:00:00"},
        {"content": "hi", "messageExtra": []},
        {"content": "hi", "x": 1},
    ],
)
def test_what_is_no_message(given):
    with pytest.raises(ValidationError):
        SetDisplayMessage(**given)


@pytest.mark.parametrize(("given", "content"), [("hi", "hi"), (5, "5"), (True, "true"), ({"en": "hi"}, {"en": "hi"})])
def test_a_content_is_text_or_one_text_for_each_language(given, content):
    assert SetDisplayMessage(content=given).content == content


def test_a_transaction_that_looks_like_a_number_is_text():
    assert SetDisplayMessage(content="hi", transactionId=12).transactionId == "12"


def test_a_display_by_its_text():
    assert SetDisplayMessage(content="hi", display="Display#left@1").display == {
        "name": "Display",
        "instance": "left",
        "evse": {"id": 1},
    }


def test_one_of_a_list_needs_no_list():
    assert GetDisplayMessages(id=5).id == [5]
    assert SetDisplayMessage(content="hi", messageExtra={"content": "hoi"}).messageExtra[0].format == "UTF8"


def test_which_message_to_clear_has_to_be_said():
    with pytest.raises(ValidationError):
        ClearDisplayMessage()
