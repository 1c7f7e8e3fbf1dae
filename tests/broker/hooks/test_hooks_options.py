import datetime
from enum import StrEnum
from pathlib import Path

import pydantic
import pytest

from broker.hooks import BasePlugin
from broker.hooks.options import HIDDEN, decode, shown


class Mode(StrEnum):
    FAST = "fast"


class Typed(BasePlugin):
    """Typed."""

    class Config(BasePlugin.Config):
        rate: float = 1.0
        count: int = 1
        mode: Mode = Mode.FAST
        path: Path = Path()
        since: datetime.date | None = None
        names: tuple[str, ...] = ()
        token: pydantic.SecretStr = pydantic.SecretStr("")
        cards: dict[str, int] = pydantic.Field(default_factory=dict, repr=False)


def decoded(**options):
    config = decode(Typed, "typed", options, "plugins[0].typed")
    assert isinstance(config, Typed.Config), config
    return config


def problems(**options):
    found = decode(Typed, "typed", options, "plugins[0].typed")
    assert isinstance(found, list)
    return found


def test_what_yaml_can_say_becomes_what_the_plugin_declares():
    config = decoded(
        rate=2, mode="fast", path="a/b", since=datetime.date(2026, 1, 31), names=["x"], token="s3cret", cards={12: 1}
    )
    assert (config.rate, config.mode, config.path) == (2.0, Mode.FAST, Path("a/b"))
    assert (config.since, config.names, config.cards) == (datetime.date(2026, 1, 31), ("x",), {"12": 1})
    assert config.token.get_secret_value() == "s3cret"


def test_a_secret_that_is_already_wrapped_is_taken():
    assert decoded(token=pydantic.SecretStr("s3cret")).token.get_secret_value() == "s3cret"


@pytest.mark.parametrize("options", [{"count": "5"}, {"count": True}, {"count": 1.5}, {"rate": "fast"}, {"names": "x"}])
def test_a_value_of_another_type_is_an_error(options):
    assert [problem.path for problem in problems(**options)] == [f"plugins[0].typed.{next(iter(options))}"]


def test_all_errors_come_at_once_with_their_paths():
    found = problems(count="5", mode="slow", names=["a", 1])
    assert [problem.path for problem in found] == [
        "plugins[0].typed.count",
        "plugins[0].typed.mode",
        "plugins[0].typed.names[1]",
    ]
    assert {problem.plugin for problem in found} == {"typed"}


def test_an_unknown_key_says_which_was_meant_or_which_there_are():
    near, far = problems(cuont=5, zzz=1)
    assert near.message == "unknown key; did you mean 'count'?"
    assert "known: rate, count" in far.message


def test_no_problem_shows_a_value():
    assert "s3cret" not in "".join(map(str, problems(token=["s3cret"], count="s3cret", mode="s3cret")))


def test_a_value_that_yaml_cannot_hold_is_a_problem():
    assert "type object" in problems(names=object())[0].message


def test_secrets_and_hidden_fields_are_not_shown():
    values = shown(decoded(token="s3cret", cards={"CARD": 1}, count=7))
    assert (values["token"], values["cards"], values["count"]) == ("**********", HIDDEN, 7)
