"""The one assumption that the compiled table makes of pluggy: `reversed(get_hookimpls())` is the live call order."""

import random

import pluggy

from broker.hooks import BasePlugin, Direction, Plugins, PluginSpec, on_call
from broker.ocpp import Version

spec = pluggy.HookspecMarker("order")
impl = pluggy.HookimplMarker("order")


class Specs:
    @spec
    def said(self, heard):
        """Add your name."""


def plugin(name, **options):
    class Plugin:
        @impl(**options)
        def said(self, heard):
            heard.append(name)

    return Plugin()


def test_reversed_hookimpls_is_the_live_call_order():
    dice = random.Random(16)
    for _ in range(200):
        manager = pluggy.PluginManager("order")
        manager.add_hookspecs(Specs)
        for n in range(dice.randint(1, 8)):
            manager.register(plugin(f"p{n}", **dice.choice([{}, {}, {"tryfirst": True}, {"trylast": True}])), f"p{n}")
        for name, _ in list(manager.list_name_plugin()):
            if dice.random() < 0.2:
                manager.unregister(name=name)
        heard = []
        manager.hook.said(heard=heard)
        assert heard == [one.plugin_name for one in reversed(manager.hook.said.get_hookimpls())]


class Alphabet(BasePlugin):
    """Methods that the alphabet would put in another order."""

    @on_call("ocpp1.6", "Heartbeat")
    def zulu(self, session, call):
        """First in the source."""

    @on_call("ocpp1.6", "Heartbeat")
    def alpha(self, session, call):
        """Second in the source."""

    @on_call("ocpp1.6", "Heartbeat", tryfirst=True)
    def mike(self, session, call):
        """Asks to be first of all plugins."""

    @on_call("ocpp1.6", "Heartbeat", trylast=True)
    def bravo(self, session, call):
        """Asks to be last of all plugins."""


def test_plugins_run_in_the_order_of_the_configuration_and_methods_in_that_of_the_source():
    """`trylast` is pluggy's: of two that ask for it, the first in the configuration gets it."""
    plugins = Plugins.load([PluginSpec("one", {}, Alphabet), PluginSpec("two", {}, Alphabet)])
    chain = plugins.table(Version.V16).chain(Direction.FROM_STATION, "Heartbeat")
    assert [handler.label for handler in chain.on_call] == [
        "one.mike",
        "two.mike",
        "one.zulu",
        "one.alpha",
        "two.zulu",
        "two.alpha",
        "two.bravo",
        "one.bravo",
    ]
