import pytest

from broker.server.refusal import Refusal, raw_answer, unauthorized


def test_a_refusal_closes_the_connection_and_names_no_version():
    response = Refusal(404, "unknown_identity", "not found", "secret detail").response()
    assert response.status == 404
    assert response.keep_alive is False
    assert response.headers["Server"] == "Switchboard"
    assert "secret" not in response.text
    assert "Retry-After" not in response.headers


def test_503_asks_to_stay_away_for_a_while():
    assert Refusal(503, "stopping", "the broker is stopping").response().headers["Retry-After"] == "30"


def test_401_has_a_challenge_and_the_same_text_for_every_cause():
    one, other = unauthorized("no header"), unauthorized("wrong password")
    assert one.text == other.text
    assert one.response().headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(("status", "retry"), [(503, True), (408, False)])
def test_an_answer_without_a_request(status, retry):
    head = raw_answer(status, "Phrase")
    assert head.startswith(f"HTTP/1.1 {status} Phrase\r\n".encode())
    assert head.endswith(b"\r\n\r\n")
    assert (b"Retry-After: 30\r\n" in head) is retry
