"""What the documents say is there, is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from broker.app import load_plugins
from broker.cli import app
from broker.config import loads

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[ /])switchboard ([a-z][a-z-]*(?: [a-z][a-z-]*)*)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def by_name(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            yield target


@pytest.mark.parametrize("path", by_name(DOCUMENTS))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in links(path):
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        if not place.exists() or (anchor and place.suffix == ".md" and anchor not in anchors(place)):
            broken.append(target)
    assert broken == []


def test_the_documents_are_found() -> None:
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} <= {
        path.name for path in DOCUMENTS
    }


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = {ROOT / "README.md"}, [ROOT / "README.md"]
    while waiting:
        here = waiting.pop()
        for target in links(here):
            place = (here.parent / target.partition("#")[0]).resolve()
            if place in DOCUMENTS and place not in reached:
                reached.add(place)
                waiting.append(place)
    assert [path.name for path in DOCUMENTS if path not in reached] == []


# --- commands ---------------------------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def code(path: Path) -> Iterator[str]:
    """The lines of code in a document: blocks and spans."""
    text = path.read_text(encoding="utf-8")
    for block in FENCE.findall(text):
        yield from block.splitlines()[1:-1]
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


@pytest.mark.parametrize("path", by_name(DOCUMENTS))
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    named = {word for line in code(path) for word in re.findall(r"^(?:\$ )?make ([a-z]+)\b", line)}
    assert named - targets() == set()


@pytest.mark.parametrize("path", by_name(DOCUMENTS))
def test_every_switchboard_command_that_is_named_exists(path: Path) -> None:
    named = {words for line in code(path) for words in COMMAND.findall(line)}
    assert [words for words in sorted(named) if not exists(words.split())] == []


def exists(words: list[str]) -> bool:
    """Whether the first words lead to a command; what follows a command that is no group is its arguments."""
    command: Any = typer.main.get_command(app)
    for word in words:
        found = getattr(command, "commands", None)
        if found is None:
            return True
        if word not in found:
            return False
        command = found[word]
    return True


def test_the_readme_names_make_targets_and_commands_at_all() -> None:
    lines = list(code(ROOT / "README.md"))
    assert any(line.startswith("make ") for line in lines)
    assert any("switchboard serve" in line for line in lines)


def test_every_make_target_is_told_to_make_that_it_is_no_file() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)[1].split())  # type: ignore[index]
    assert phony == targets()


# --- configurations ---------------------------------------------------------------------------------------------------


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", blocks("README.md", "yaml"))
def test_every_configuration_of_the_readme_loads_with_its_plugins(text: str) -> None:
    load_plugins(loads(text))


def test_the_plugin_of_the_guide_is_switched_on_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "my_plugins").mkdir()
    (tmp_path / "my_plugins" / "tidy.py").write_text(blocks("docs/plugins.md", "python")[0], encoding="utf-8")
    loaded = load_plugins(loads(blocks("docs/plugins.md", "yaml")[0], folder=tmp_path))
    assert [plugin["name"] for plugin in loaded.describe()][:2] == ["policy.rate_limit", "tidy"]
