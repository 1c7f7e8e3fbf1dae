"""docs/cli.md names every command and every option that there is."""

import re
from pathlib import Path

import pytest
import typer

from broker.cli import app

DOC = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
GROUP = typer.main.get_command(app)


@pytest.mark.parametrize("name", sorted(GROUP.commands))
def test_every_command_has_its_section(name):
    assert f"\n## switchboard {name}\n" in DOC


def leaves(command):
    """The commands below a group, through groups of groups; a command that is no group is its own only leaf."""
    below = getattr(command, "commands", {}).values()
    return [leaf for one in below for leaf in leaves(one)] if below else [command]


@pytest.mark.parametrize("name", sorted(set(GROUP.commands) - {"certs"}))
def test_every_option_is_described(name):
    options = {max(p.opts, key=len) for one in leaves(GROUP.commands[name]) for p in one.params if p.opts[0][0] == "-"}
    missing = [option for option in options - {"--help", "--force", "--output", "--count"} if option not in DOC]
    assert missing == []


def test_every_sub_command_is_shown():
    groups = {name: GROUP.commands[name] for name in ("stations", "tokens", "files", "config", "plugins", "outbox")}
    groups["outbox dead"] = groups["outbox"].commands["dead"]
    for group, command in groups.items():
        for name in command.commands:
            assert re.search(rf"switchboard {group} {name}\b", DOC), (group, name)


def test_no_section_is_left_of_a_command_that_is_gone():
    assert set(re.findall(r"^## switchboard (\S+)$", DOC, re.MULTILINE)) == set(GROUP.commands)
