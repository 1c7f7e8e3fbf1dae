"""The client of the admin API."""

import pytest

from broker.cli.client import AdminClient, AdminError, outbox_path, read_token, station_path, with_query


def test_the_token_goes_as_a_bearer(admin):
    admin.answers["GET", "/x"] = (200, {"a": 1})
    assert AdminClient(admin.url, "t0ken").get("/x") == {"a": 1}
    assert admin.asked[0]["authorization"] == "Bearer t0ken"


def test_the_token_is_not_in_the_repr(admin):
    assert "t0ken" not in repr(AdminClient(admin.url, "t0ken"))


def test_an_address_without_a_scheme_is_http(admin):
    admin.answers["GET", "/x"] = (200, [])
    assert AdminClient(admin.url.removeprefix("http://"), None).get("/x") == []


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://x:notaport"])
def test_an_address_that_is_none_is_told(url):
    with pytest.raises(AdminError, match="not the address of an admin listener"):
        AdminClient(url, None)


def test_a_broker_that_is_not_there_is_told_with_its_address():
    with pytest.raises(AdminError, match=r"cannot reach the broker at http://127\.0\.0\.1:1"):
        AdminClient("http://127.0.0.1:1", None).get("/x")


def test_a_problem_detail_becomes_the_message(admin):
    admin.answers["GET", "/x"] = (409, {"title": "Conflict", "detail": "CP1 is not connected"})
    with pytest.raises(AdminError, match=r"CP1 is not connected \(HTTP 409\)") as caught:
        AdminClient(admin.url, None).get("/x")
    assert caught.value.status == 409


def test_a_401_says_how_to_give_a_token(admin):
    admin.answers["GET", "/x"] = (401, {"detail": "no"})
    with pytest.raises(AdminError, match="SWITCHBOARD_TOKEN"):
        AdminClient(admin.url, None).get("/x")


def test_an_answer_that_is_no_json_is_shown_as_text(admin):
    admin.answers["GET", "/x"] = (502, b"<html>bad gateway</html>")
    with pytest.raises(AdminError, match="bad gateway"):
        AdminClient(admin.url, None).get("/x")


def test_events_are_the_data_lines_without_comments(admin):
    admin.events = [{"kind": "call"}, {"kind": "reply"}]
    client = AdminClient(admin.url, None)
    assert list(client.events(identity="CP 1", action=None)) == admin.events
    assert admin.asked[0]["query"] == "identity=CP+1"


def test_an_identity_is_one_segment_of_the_path_whatever_it_holds():
    assert station_path("../a b/ü", "calls") == "/api/v1/stations/..%2Fa%20b%2F%C3%BC/calls"


def test_a_token_file_that_is_named_must_be_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_token(None) is None
    (tmp_path / "switchboard.token").write_text("abc\n")
    assert read_token(None) == "abc"
    with pytest.raises(AdminError, match="cannot read the token file"):
        read_token(tmp_path / "gone")


@pytest.mark.parametrize("token", ["t\u20acken", "two\nlines"])
def test_a_token_that_no_header_can_hold_is_told_and_not_shown(admin, token):
    with pytest.raises(AdminError, match="the token") as caught:
        AdminClient(admin.url, token).get("/x")
    assert token not in str(caught.value)
    assert admin.asked == []


def test_a_token_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "token"
    path.write_bytes(b"\xa2\xff")
    with pytest.raises(AdminError, match="cannot read the token file"):
        read_token(path)


def test_a_broker_that_cannot_be_reached_in_time_is_told_where_there_is_no_limit_too(monkeypatch):
    """A connect that the system gives up is a TimeoutError of its own."""

    def give_up(*_, **__):
        raise TimeoutError(110, "Connection timed out")

    monkeypatch.setattr("socket.create_connection", give_up)
    with pytest.raises(AdminError, match="cannot reach the broker"):
        next(AdminClient("http://127.0.0.1:1", None).events())


def test_an_outbox_has_two_segments_whatever_they_hold():
    assert outbox_path("a/b", "c d", "retry") == "/api/v1/outbox/a%2Fb/c%20d/retry"


def test_only_what_is_there_is_asked_for():
    assert with_query("/x", identity=None, after=0, upstream="a&b") == "/x?after=0&upstream=a%26b"
    assert with_query("/x", identity=None) == "/x"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_any_method_with_a_body(admin, method):
    admin.answers[method, "/x"] = (200, {"a": 1})
    assert AdminClient(admin.url, None).ask(method, "/x", {"b": 2}) == {"a": 1}
    assert (admin.asked[0]["method"], admin.asked[0]["body"]) == (method, {"b": 2})
