import asyncio

import pydantic
import pytest

from broker.hooks import BasePlugin, ContextFactory, Plugins, PluginSpec, hookimpl
from broker.testing import StoppedClock


class Mine(BasePlugin):
    """Mine."""

    class Config(BasePlugin.Config):
        size: int = 1

    config: Config
    made = None

    def __init__(self, config, context):
        super().__init__(config, context)
        Mine.made = self

    @hookimpl
    def broker_starting(self, broker):
        self.spawn(asyncio.Event().wait(), name="wait")


def load():
    contexts = ContextFactory(clock=StoppedClock(1.0))
    plugins = Plugins.load([PluginSpec("mine", {"size": 2}, Mine)], context=contexts)
    return plugins, Mine.made, contexts


def test_a_plugin_has_its_config_and_its_context():
    _, mine, contexts = load()
    assert mine.config.size == 2
    assert mine.log.name == "plugin.mine"
    assert mine.clock.now() == 1.0
    assert mine.sessions is contexts.sessions
    assert mine.metrics is mine.context.metrics
    assert (mine.state, mine.shared) == ({}, {})


def test_a_config_is_frozen():
    _, mine, _ = load()
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        mine.config.size = 3


async def test_what_a_plugin_spawned_ends_with_it():
    plugins, _, _ = load()
    await plugins.start(None)
    task = next(task for task in asyncio.all_tasks() if task.get_name() == "plugin:mine:wait")
    await plugins.stop()
    assert task.cancelled()
