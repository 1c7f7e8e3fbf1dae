"""Where things are kept, and what waits for upstreams."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from broker.config.store import MEMORY, Outbox, Store


def store(url: str, folder: str | None = "/etc/switchboard") -> Store:
    return Store.model_validate({"url": url}, context={"folder": None if folder is None else Path(folder)})


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///switchboard.db", "/etc/switchboard/switchboard.db"),
        ("sqlite:///data/a b.db", "/etc/switchboard/data/a b.db"),
        ("sqlite:////var/lib/x.db", "/var/lib/x.db"),
        ("sqlite:///../x.db", "/etc/switchboard/../x.db"),
        ("sqlite:///100%25.db", "/etc/switchboard/100%25.db"),
    ],
)
def test_a_file_counts_from_the_folder_of_the_configuration(url, path):
    made = store(url)
    assert (made.path, made.url) == (Path(path), f"sqlite:///{path}")


def test_without_a_folder_a_relative_file_stays_relative():
    made = store("sqlite:///a.db", None)
    assert (made.path, made.url) == (Path("a.db"), "sqlite:///a.db")


def test_the_default_counts_from_the_folder_too():
    assert Store.model_validate({}, context={"folder": Path("/etc")}).path == Path("/etc/switchboard.db")


def test_the_home_folder_is_known(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert store("sqlite:///~/a.db").path == Path("/home/somebody/a.db")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_memory_has_no_file(url):
    made = store(url)
    assert (made.path, made.url) == (None, MEMORY)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "switchboard.db",
        "sqlite:",
        "sqlite:/",
        "sqlite:///",
        "sqlite:///.",
        "sqlite:///a.db?mode=ro",
        "sqlite:///a\0b",
        "sqlite:///~nobody-of-this-name/a",
        "sqlite+aiosqlite:///a.db",
        "file:a.db",
        "nats://h",
    ],
)
def test_another_url_is_refused(url):
    with pytest.raises(ValidationError):
        store(url)


def test_a_folder_with_a_question_mark_is_refused_as_well():
    with pytest.raises(ValidationError, match=r"no \? in the path"):
        store("sqlite:///a.db", "/etc/what?")


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@h/db", "postgres://h/db", "postgresql+asyncpg://h/db"])
def test_a_server_comes_later_and_says_so(url):
    with pytest.raises(ValidationError, match="is not supported yet by this version") as caught:
        store(url)
    assert "hunter2" not in str(caught.value)


def test_the_defaults_of_the_outbox():
    made = Outbox()
    assert (made.attempts, made.retry_interval, made.max_age) == (3, 60, 30 * 86400)
    assert (made.station_bytes, made.max_bytes) == (16 * 1024**2, 1024**3)
    assert (made.linger, made.while_away) == (10, True)
    assert (made.station_per_second, made.upstream_per_second) == (10, 200)
    assert made.pseudonym_key is None


def test_the_key_of_the_pseudonyms_does_not_show():
    made = Outbox(pseudonym_key="hunter2")
    assert made.pseudonym_key.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(made) + made.model_dump_json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"retry_interval": 0},
        {"max_age": 0},
        {"max_age": 3651 * 86400},
        {"max_age": True},
        {"station_bytes": 65535},
        {"station_bytes": 1.5},
        {"max_bytes": 2**40 + 1},
        {"linger": -1},
        {"while_away": "maybe"},
        {"station_per_second": 0},
        {"upstream_per_second": float("inf")},
        {"pseudonym_key": ""},
        {"station_bytes": 2**20, "max_bytes": 2**20 - 1},
    ],
)
def test_a_wrong_outbox_is_refused(wrong):
    with pytest.raises(ValidationError):
        Outbox(**wrong)


def test_one_station_may_have_all_of_the_room():
    assert Outbox(station_bytes=2**20, max_bytes=2**20).station_bytes == 2**20
