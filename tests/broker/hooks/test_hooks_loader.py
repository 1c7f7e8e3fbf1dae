"""Everything that can be wrong with a list of plugins is found, and all of it at once."""

import pytest

from broker.hooks import BasePlugin, PluginError, Plugins, PluginSpec, answer, hookimpl, observe, on_call


class Fine(BasePlugin):
    """Answers one action."""

    @answer("ocpp1.6", "Heartbeat")
    def beat(self, session, call):
        return {}


class WrongArgument(BasePlugin):
    @hookimpl
    def session_opened(self, station):
        """No such argument."""


class WrongHook(BasePlugin):
    @hookimpl
    def sesion_opened(self, session):
        """No such hook."""


class Unmarked(BasePlugin):
    def session_opened(self, session):
        """Looks like a hook."""


class NoSelector(BasePlugin):
    @hookimpl
    def on_call(self, session, call):
        """For which calls?"""


class AsyncObserver(BasePlugin):
    @observe()
    async def look(self, session, event):
        """Observers do not wait."""


class AsyncRoute(BasePlugin):
    @hookimpl
    async def choose_route(self, session):
        """Routes do not wait."""


class Misspelt(BasePlugin):
    @on_call("ocpp1.6", "BootNotifcation")
    def handle(self, session, call):
        """Never."""


class NotBuilt(BasePlugin):
    def __init__(self, config, context):
        raise RuntimeError("no database")


class Registers(BasePlugin):
    @hookimpl
    def register_actions(self):
        return ["Vendor"]


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (WrongArgument, "station"),
        (WrongHook, "there is no hook sesion_opened; did you mean session_opened?"),
        (Unmarked, "the method session_opened has a hook's name but no mark"),
        (NoSelector, r"mark it with @on_call\(versions, actions\)"),
        (AsyncObserver, "look: observe cannot be async"),
        (AsyncRoute, "choose_route: choose_route cannot be async"),
        (Misspelt, "x.handle: ocpp1.6 has no BootNotifcation; did you mean BootNotification?"),
        (NotBuilt, "cannot be built: RuntimeError: no database"),
        (Registers, "register_actions must return Actions"),
    ],
)
def test_a_wrong_plugin_is_refused_with_its_name(cls, text):
    with pytest.raises(PluginError, match=text) as caught:
        Plugins.load([PluginSpec("x", {}, cls)])
    assert {problem.plugin for problem in caught.value.problems} == {"x"}


def test_all_problems_of_all_plugins_come_at_once():
    specs = [
        PluginSpec("a", {"unknown": 1}, Fine),
        PluginSpec("no.such.plugin"),
        PluginSpec("b", {}, WrongHook),
        PluginSpec("c", {}, NotBuilt),
    ]
    with pytest.raises(PluginError) as caught:
        Plugins.load(specs)
    assert {(p.plugin, p.path) for p in caught.value.problems} == {
        ("a", "plugins[0].a.unknown"),
        ("no.such.plugin", "plugins[1]"),
        ("b", ""),
        ("c", "plugins[3]"),
    }


def test_two_answers_for_one_action_name_both():
    with pytest.raises(PluginError, match=r"a\.beat.*b\.beat|b\.beat.*a\.beat"):
        Plugins.load([PluginSpec("a", {}, Fine), PluginSpec("b", {}, Fine)])


def test_a_plugin_listed_twice_is_an_error():
    with pytest.raises(PluginError, match="listed twice"):
        Plugins.load([PluginSpec("a", {}, Fine), PluginSpec("a", {}, Fine)])


def test_the_order_of_the_configuration_is_kept():
    specs = [PluginSpec("b", {}, Fine), PluginSpec("a")]
    with pytest.raises(PluginError):
        Plugins.load(specs)
    assert list(Plugins.load(specs[:1]).stats) == ["b"]


class FailsOpen(BasePlugin):
    """Means to reject."""

    on_error = "rejct"


def test_a_misspelt_on_error_is_found_before_it_lets_anything_pass():
    with pytest.raises(PluginError, match="on_error is skip or reject, not 'rejct'"):
        Plugins.load([PluginSpec("p", {}, FailsOpen)])
