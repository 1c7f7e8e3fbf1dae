"""Every hook has a docstring, a test named after it, and a place in docs/plugins.md with its exact signature."""

import inspect
import re
from pathlib import Path

import pytest

from broker.hooks.describe import LIVE_HOOKS
from broker.hooks.loader import TABLE_HOOKS
from broker.hooks.specs import Specs

ROOT = Path(__file__).resolve().parents[3]
HOOKS = [name for name, _ in inspect.getmembers(Specs, inspect.isfunction)]
TESTS = "".join(path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py")))


def test_every_hook_is_either_live_or_in_the_table():
    assert sorted(HOOKS) == sorted((*LIVE_HOOKS, *TABLE_HOOKS))


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_signature(hook):
    function = getattr(Specs, hook)
    arguments = ", ".join(list(inspect.signature(function).parameters)[1:])
    text = (ROOT / "docs" / "plugins.md").read_text()
    assert f"`{hook}({arguments})`" in text
    assert len(function.__doc__) > 40


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_test_that_is_named_after_it(hook):
    assert re.search(rf"def test_\w*hook_{hook}", TESTS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_built_in_plugin_that_uses_it(hook):
    source = "".join(path.read_text() for path in sorted((ROOT / "plugins").rglob("*.py")))
    assert f"@{hook}(" in source or f"def {hook}(" in source
