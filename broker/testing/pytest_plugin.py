"""The pytest plugin that comes with Switchboard: fixtures for the tests of plugins.

pytest loads it in every environment that has Switchboard, so nothing heavy is imported before a fixture is used.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from broker.testing.table import Harness


@pytest.fixture
def harness() -> "Callable[..., Harness]":
    """`harness(Plugin, **config)`: the plugin with these options, in a real table without sockets."""
    from broker.testing.table import harness as make

    return make
