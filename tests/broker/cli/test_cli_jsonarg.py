"""A JSON object as an argument."""

import io

import pytest
import typer

from broker.cli import jsonarg
from broker.cli.jsonarg import json_object


def test_the_text_a_file_or_standard_input(tmp_path, monkeypatch):
    (tmp_path / "route.json").write_text('{"primary": "Ü"}', encoding="utf-8")
    monkeypatch.setattr(jsonarg.sys, "stdin", io.StringIO('{"a": 2}'))
    assert json_object('{"a": 1}', "it", "{}") == {"a": 1}
    assert json_object(f"@{tmp_path / 'route.json'}", "it", "{}") == {"primary": "Ü"}
    assert json_object("-", "it", "{}") == {"a": 2}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "the route is not JSON"),
        ("[1]", 'the route has to be a JSON object, such as {"primary": "local"}'),
        ("@no-such-file", "cannot read no-such-file: No such file"),
    ],
)
def test_what_is_wrong_is_told(capsys, text, told):
    with pytest.raises(typer.Exit) as caught:
        json_object(text, "the route", '{"primary": "local"}')
    assert caught.value.exit_code == 2
    assert told in capsys.readouterr().err
