import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from broker.hooks import (
    Action,
    BasePlugin,
    ContextFactory,
    Direction,
    PluginError,
    Plugins,
    PluginSpec,
    answer,
    hookimpl,
)
from broker.ocpp import Version

VENDOR = Action(Version.V16, "VendorThing", Direction.FROM_STATION, "Vendor", {"type": "object"})


class Vendor(BasePlugin):
    """Owns an action, a metric, a route and a command."""

    @hookimpl
    def register_actions(self):
        return [VENDOR]

    @hookimpl
    def register_metrics(self, registry):
        Gauge("vendor_things", "Things", registry=registry).set(4)
        self.metrics.counter("seen", "Seen").inc()

    @hookimpl
    def register_routes(self):
        return ["a route"]

    @hookimpl
    def register_commands(self):
        return {"vendor": "a command"}

    @answer("ocpp1.6", "VendorThing")
    def thing(self, session, call):
        return {}


def bad(hook, value):
    def method(self):
        if isinstance(value, Exception):
            raise value
        return value

    method.__name__ = hook
    return type("Bad", (BasePlugin,), {hook: hookimpl(method)})


def test_hook_register_actions_makes_an_action_known_and_owned():
    plugins = Plugins.load([PluginSpec("v", {}, Vendor)])
    assert plugins.actions() == (VENDOR,)
    assert plugins.table(Version.V16).chain(Direction.FROM_STATION, "VendorThing").answer is not None


def test_an_action_has_one_owner():
    other = bad("register_actions", [VENDOR])
    with pytest.raises(PluginError, match="VendorThing from_station belongs to"):
        Plugins.load([PluginSpec("v", {}, Vendor), PluginSpec("w", {}, other)])


def test_hook_register_routes_and_hook_register_commands_are_kept_by_plugin():
    plugins = Plugins.load([PluginSpec("v", {}, Vendor)])
    assert plugins.routes() == {"v": ["a route"]}
    assert plugins.commands() == {"v": {"vendor": "a command"}}


async def test_hook_register_metrics_shows_while_the_plugins_run():
    registry = CollectorRegistry()
    plugins = Plugins.load([PluginSpec("v", {}, Vendor)], context=ContextFactory(registry=registry))
    assert b"vendor_things" not in generate_latest(registry)
    await plugins.start(None)
    text = generate_latest(registry).decode()
    assert "vendor_things 4.0" in text
    assert "switchboard_plugin_v_seen_total 1.0" in text
    await plugins.stop()
    assert b"vendor_things" not in generate_latest(registry)


async def test_the_same_plugins_built_anew_do_not_collide_with_those_that_run():
    contexts = ContextFactory()
    old = Plugins.load([PluginSpec("v", {}, Vendor)], context=contexts)
    await old.start(None)
    new = Plugins.load([PluginSpec("v", {}, Vendor)], context=contexts)
    await new.start(None)
    await old.stop()
    assert b"vendor_things 4.0" in generate_latest(contexts.registry)


@pytest.mark.parametrize(
    ("hook", "value", "text"),
    [
        ("register_actions", "text", "must return a list, not str"),
        ("register_routes", {}, "must return a list, not dict"),
        ("register_commands", [], "must return a dict, not list"),
        ("register_actions", KeyError("x"), "register_actions failed: KeyError"),
    ],
)
def test_what_is_not_registered_properly_is_a_problem(hook, value, text):
    with pytest.raises(PluginError, match=text):
        Plugins.load([PluginSpec("v", {}, bad(hook, value))])


def test_the_schemas_of_actions_are_added_to_those_of_the_specification():
    plugins = Plugins.load([PluginSpec("v", {}, Vendor)])
    assert {"VendorThing", "Heartbeat"} <= plugins.schemas.actions(Version.V16)
    assert "VendorThing" not in Plugins.load([]).schemas.actions(Version.V16)


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"type": 5}, {"$ref": "#/nowhere"}])
def test_a_bad_schema_is_a_problem_with_the_plugins_name(schema):
    action = Action(Version.V16, "Blink", Direction.FROM_STATION, "", schema)
    with pytest.raises(PluginError, match=r"plugin p: register_actions: ocpp1\.6 Blink: no JSON Schema"):
        Plugins.load([PluginSpec("p", {}, bad("register_actions", [action]))])
