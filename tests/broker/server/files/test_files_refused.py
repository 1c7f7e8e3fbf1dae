"""Refusals of the file endpoint."""

from aiohttp import web

from broker.server.files.refused import Refused, busy, dressed, unknown


def test_a_refusal_is_an_answer_that_ends_the_connection():
    answer = Refused(413, "too_large", "more than 5 bytes", headers={"X-More": "1"}).response()
    assert (answer.status, answer.text, answer.headers["X-More"]) == (413, "more than 5 bytes\n", "1")
    assert answer.keep_alive is False
    assert answer.headers["Server"] == "Switchboard"


def test_whatever_is_unknown_is_unknown_in_the_same_way():
    first, second = unknown().response(), unknown().response()
    assert (first.status, first.text, dict(first.headers)) == (second.status, second.text, dict(second.headers))
    assert (first.status, unknown().outcome) == (404, "unknown")


def test_a_station_is_told_when_to_come_back():
    answer = busy().response()
    assert (answer.status, answer.headers["Retry-After"], busy().outcome) == (503, "30", "busy")


def test_no_answer_is_kept_or_guessed_at():
    answer = web.StreamResponse()
    assert dressed(answer) is answer
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
