"""The texts of a display message, the driver's language first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.display.content import in_order, texts_of
from plugins.ocpp201.display.params import SetDisplayMessage
from plugins.ocpp201.versions import V21, V201


def _text(content, language=None, kind="UTF8"):
    return {"format": kind, "content": content} | ({} if language is None else {"language": language})


@pytest.mark.parametrize("version", [V201, V21])
def test_one_text(version):
    params = SetDisplayMessage(content="hi", language="en", format="ASCII")
    assert texts_of(params, ["nl"], version) == {"message": _text("hi", "en", "ASCII")}


@pytest.mark.parametrize("version", [V201, V21])
def test_a_message_as_it_is_given(version):
    params = SetDisplayMessage(message={"content": "hi", "format": "HTML"})
    assert texts_of(params, [], version) == {"message": _text("hi", kind="HTML")}


def test_the_drivers_language_comes_first_and_the_others_behind_it():
    """O_101."""
    params = SetDisplayMessage(content={"en": "hi", "de": "hallo", "nl": "hoi"})
    assert texts_of(params, ["nl", "de"], V21) == {
        "message": _text("hoi", "nl"),
        "messageExtra": [_text("hallo", "de"), _text("hi", "en")],
    }


def test_2_0_1_shows_the_drivers_language_alone():
    params = SetDisplayMessage(content={"en": "hi", "nl": "hoi"})
    assert texts_of(params, ["nl"], V201) == {"message": _text("hoi", "nl")}


def test_extra_messages_follow_and_are_four_at_most():
    params = SetDisplayMessage(
        content={"en": "1", "de": "2", "fr": "3"}, messageExtra=[{"content": str(n)} for n in (4, 5, 6)]
    )
    told = texts_of(params, [], V21)
    assert [one["content"] for one in told["messageExtra"]] == ["2", "3", "4", "5"]


def test_extra_messages_of_2_0_1_are_the_operators_own_wish():
    params = SetDisplayMessage(content="hi", messageExtra={"content": "hoi", "language": "nl"})
    assert texts_of(params, [], V201) == {"message": _text("hi"), "messageExtra": [_text("hoi", "nl")]}


@pytest.mark.parametrize(
    ("offered", "wanted", "order"),
    [
        (["en", "nl"], [], ["en", "nl"]),
        (["en", "nl"], ["NL"], ["nl", "en"]),
        (["en", "nl"], ["nl-BE"], ["nl", "en"]),
        (["en", "nl-BE"], ["nl"], ["nl-BE", "en"]),
        (["nl-BE", "nl"], ["nl"], ["nl", "nl-BE"]),
        (["en", "nl", "de"], ["fr", "de"], ["de", "en", "nl"]),
        (["en"], ["en", "en-GB"], ["en"]),
    ],
)
def test_which_language_is_good_for_whom(offered, wanted, order):
    assert in_order(offered, wanted) == order


LANGUAGES = st.lists(st.sampled_from(["en", "en-GB", "nl", "nl-BE", "de", "EN"]), max_size=6)


@given(LANGUAGES.map(lambda one: list(dict.fromkeys(one))), LANGUAGES)
def test_nothing_is_lost_and_what_was_there_keeps_its_order(offered, wanted):
    ordered = in_order(offered, wanted)
    assert sorted(ordered) == sorted(offered)
    unwanted = [one for one in offered if one.casefold()[:2] not in {other.casefold()[:2] for other in wanted}]
    assert [one for one in ordered if one in unwanted] == unwanted
