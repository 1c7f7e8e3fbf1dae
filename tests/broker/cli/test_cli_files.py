"""Reading the configuration for a command."""

import pytest
import typer

from broker.cli.files import read_config, told
from broker.config import Problem


def test_no_file_means_the_defaults():
    assert read_config(None).listeners[0].name == "plain"


def test_a_wrong_file_is_told_in_full_and_ends_the_command(tmp_path, capsys):
    path = tmp_path / "sb.yaml"
    path.write_text("a: 1\nb: 2\n")
    with pytest.raises(typer.Exit) as caught:
        read_config(path)
    assert caught.value.exit_code == 2
    error = capsys.readouterr().err
    assert error.splitlines()[-1].endswith("has 2 problems")
    assert len(error.splitlines()) == 3


def test_what_was_found_is_told_where_there_is_something():
    assert told(Problem("a", "3", "a name")) == "expected a name, found 3"
    assert told(Problem("a", "", "a name")) == "expected a name"
