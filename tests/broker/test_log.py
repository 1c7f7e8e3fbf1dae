"""Logging: one line an event, no secret in it, no control character either."""

import io
import json
import logging

import pytest
import structlog

from broker.log import REDACTED, configure, escaped, without_secrets


@pytest.fixture
def out():
    """A stream that everything is logged to; the set-up of the process is as before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure("json", "info", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_structlog_event_is_one_json_line_with_level_logger_and_time(out):
    structlog.get_logger("broker.test").info("connected", identity="CP1", profile=2)
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "connected", "identity": "CP1", "profile": 2, "level": "info", "logger": "broker.test"}


def test_the_standard_librarys_loggers_come_out_the_same_way(out):
    logging.getLogger("aiohttp").warning("odd %s", "thing", extra={"identity": "CP1"})
    (line,) = lines(out)
    assert (line["event"], line["level"], line["logger"], line["identity"]) == (
        "odd thing",
        "warning",
        "aiohttp",
        "CP1",
    )


def test_what_is_below_the_level_is_not_written(out):
    structlog.get_logger("broker.test").debug("noise")
    logging.getLogger("x").debug("noise")
    assert out.getvalue() == ""


def test_a_second_configure_replaces_the_first(out):
    again = io.StringIO()
    configure("json", "error", stream=again)
    logging.getLogger("x").warning("hidden")
    logging.getLogger("x").error("shown")
    assert out.getvalue() == ""
    assert [line["event"] for line in lines(again)] == ["shown"]


@pytest.mark.parametrize(
    "key",
    ["password", "Authorization", "authorization_key", "token", "tokens", "admin_token", "secret", "api_key", "Cookie"],
)
def test_a_value_under_a_secret_key_is_hidden_at_any_depth(out, key):
    structlog.get_logger("t").info("e", **{key: "hunter2"}, deep={"list": [{key: "hunter2"}]})
    assert "hunter2" not in out.getvalue()
    assert lines(out)[0]["deep"] == {"list": [{key: REDACTED}]}


def test_an_id_token_is_no_secret_of_the_connection(out):
    structlog.get_logger("t").info("e", idTag="AB12", id_tag="AB12", idToken="AB12")
    line = lines(out)[0]
    assert (line["idTag"], line["id_tag"]) == ("AB12", "AB12")


@pytest.mark.parametrize(
    "text",
    [
        "got Authorization: Basic Q1AwMDE6aHVudGVyMg==",
        "Bearer Q1AwMDE6aHVudGVyMg==",
        "dial wss://user:Q1AwMDE6aHVudGVyMg@csms.example/x",
        "password=Q1AwMDE6aHVudGVyMg",
        '{"password": "Q1AwMDE6aHVudGVyMg"}',
        "-----BEGIN EC PRIVATE KEY-----\nQ1AwMDE6aHVudGVyMg\n-----END EC PRIVATE KEY-----",
    ],
)
def test_text_that_looks_like_a_credential_is_hidden(text):
    assert "Q1AwMDE6aHVudGVyMg" not in without_secrets(text)


def test_a_secret_in_a_traceback_is_hidden_and_its_lines_stay(out):
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        structlog.get_logger("t").exception("failed")
    (line,) = lines(out)
    assert "hunter2" not in out.getvalue()
    assert line["exception"].count("\n") >= 2


def test_a_stranger_cannot_forge_a_line_or_drive_the_terminal(out):
    stream = io.StringIO()
    configure("console", "info", stream=stream)
    structlog.get_logger("t").info("refused", identity='CP\n2026 [info] "all good"\x1b[2J')
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_control_characters_become_their_escapes():
    assert escaped("a\tb\x00c\x1b[0m\u2028d é") == r"a\tb\x00c\x1b[0m\u2028d é"


def test_a_cyclic_value_ends():
    value: dict = {}
    value["self"] = value
    stream = io.StringIO()
    configure("json", "info", stream=stream)
    structlog.get_logger("t").info("e", value=value)
    assert '"..."' in stream.getvalue()
    logging.getLogger().handlers[:] = [h for h in logging.getLogger().handlers if not hasattr(h, "of_switchboard")]
    structlog.reset_defaults()


def test_auto_is_json_where_nobody_looks(out):
    stream = io.StringIO()
    configure("auto", "info", stream=stream)
    structlog.get_logger("t").info("e")
    assert json.loads(stream.getvalue())["event"] == "e"


def test_the_time_it_takes_grows_with_the_length_and_not_with_its_square():
    for piece in ("a.", "a://", "://a:", "a:b@", "basic ", "password=", "-----BEGIN "):
        assert without_secrets(piece * (1_000_000 // len(piece)))


def test_a_password_with_an_at_sign_in_a_url_is_hidden_whole():
    assert without_secrets("dial ftp://user:p@ss@host/x") == f"dial ftp://user:{REDACTED}@host/x"
