"""The answers to the last messages of a station."""

from broker.ocpp import Reply
from broker.session.books.recent import Recent


def test_an_answer_is_given_again():
    recent = Recent()
    assert recent.get("k") is None
    recent.note("k", Reply.result(b'{ "a": 1.50 }'))
    found = recent.get("k")
    assert found is not None
    assert (found.is_result, found.raw) == (True, b'{ "a": 1.50 }')
    assert recent.get("other") is None


def test_the_last_32_are_kept():
    recent = Recent()
    for number in range(33):
        recent.note(str(number), Reply.result({}))
    assert [number for number in range(33) if recent.get(str(number)) is None] == [0]


def test_one_that_comes_again_is_the_newest_and_its_last_answer_counts():
    recent = Recent()
    for number in [*range(32), 0, 32]:
        recent.note(str(number), Reply.result({"n": len(str(number))}))
    assert [number for number in range(33) if recent.get(str(number)) is None] == [1]
    recent.note("0", Reply.result({"n": 7}))
    again = recent.get("0")
    assert again is not None
    assert again.payload == {"n": 7}


def test_all_can_be_forgotten():
    recent = Recent()
    recent.note("k", Reply.result({}))
    recent.clear()
    assert recent.get("k") is None


def test_an_answer_of_the_present_connection_is_not_an_earlier_one():
    recent = Recent()
    recent.note("k", Reply.result({}))
    assert recent.get("k", earlier=True) is None
    recent.reconnected()
    assert recent.get("k", earlier=True) is not None
    recent.note("k", Reply.result({}))
    assert recent.get("k", earlier=True) is None
    assert recent.get("k") is not None
