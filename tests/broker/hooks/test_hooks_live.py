"""The hooks that are called when something happens."""

import asyncio

import pytest

from broker.hooks import (
    Admit,
    BasePlugin,
    ConnectionRequest,
    PluginError,
    Plugins,
    PluginSpec,
    Refuse,
    Route,
    hookimpl,
)
from broker.hooks.breaker import THRESHOLD
from broker.testing import TestSession

REQUEST = ConnectionRequest("CP001", "127.0.0.1", "plain", 0, {})


def made(hook, function, **attributes):
    function.__name__ = hook
    return type("Made", (BasePlugin,), {hook: hookimpl(function), **attributes})


def load(*classes):
    return Plugins.load([PluginSpec(f"p{n}", {}, cls) for n, cls in enumerate(classes)])


def says(value):
    return lambda self, request: value


def later(value):
    async def opening(self, request):
        await asyncio.sleep(0)
        return value

    return opening


def fails(self):
    raise KeyError("broken")


async def opening(*functions, **attributes):
    return await load(*(made("connection_opening", f, **attributes) for f in functions)).connection_opening(REQUEST)


async def test_hook_connection_opening_a_refusal_wins():
    assert await opening(says(Admit("X")), later(Refuse(403, "no")), says(Admit("Y"))) == Refuse(403, "no")


async def test_the_last_identity_wins_over_a_plain_admit():
    assert await opening(says(Admit("X")), later(Admit("Y")), says(Admit())) == Admit("Y")
    assert await opening(says(Admit()), says(None)) == Admit()
    assert await opening(says(None)) is None
    assert await opening() is None


@pytest.mark.parametrize("bad", [True, Refuse(200), "text"])
async def test_a_bad_answer_at_the_door_follows_on_error(bad):
    assert await opening(says(bad)) is None
    assert await opening(says(bad), on_error="reject") == Refuse(503, "not available")


async def test_a_hook_at_the_door_that_hangs_is_stopped():
    async def hangs(self, request):
        await asyncio.Event().wait()

    assert await opening(hangs, time_limit=0.01, on_error="reject") == Refuse(503, "not available")


async def test_a_policy_that_is_switched_off_keeps_the_door_shut():
    def broken(self, request):
        raise KeyError

    plugins = load(made("connection_opening", broken, on_error="reject"))
    for _ in range(THRESHOLD + 3):
        assert await plugins.connection_opening(REQUEST) == Refuse(503, "not available")
    assert plugins.stats["p0"].errors == THRESHOLD


def route(function):
    return made("choose_route", function)


def test_hook_choose_route_the_first_that_is_not_none_wins():
    def broken(self, session):
        raise KeyError

    plugins = load(
        route(broken),
        route(lambda self, session: None),
        route(lambda self, session: "main"),
        route(lambda self, session: Route("main")),
        route(lambda self, session: Route("other")),
    )
    assert plugins.choose_route(TestSession()) == Route("main")
    assert [stats.errors for stats in plugins.stats.values()] == [1, 0, 1, 0, 0]


def test_without_an_opinion_the_configured_routes_count():
    assert load().choose_route(TestSession()) is None


class Listener(BasePlugin):
    """Notes what it hears."""

    heard = None

    def note(self, *what):
        self.shared.setdefault("heard", []).append(what)
        Listener.heard = self.shared["heard"]


class SyncListener(Listener):
    @hookimpl
    def session_opened(self, session):
        self.note("opened", session.identity)

    @hookimpl
    def session_closed(self, session, reason):
        self.note("closed", reason)

    @hookimpl
    def upstream_opened(self, session, link):
        self.note("up", link.upstream)

    @hookimpl
    def upstream_closed(self, session, link, reason):
        self.note("down", reason)


class AsyncListener(Listener):
    @hookimpl
    async def session_opened(self, session):
        await asyncio.sleep(0.01)
        self.note("opened")

    @hookimpl
    def session_closed(self, reason):
        self.note("closed", reason)


class Link:
    upstream = "main"


async def settle():
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait([task])


@pytest.fixture(autouse=True)
def heard():
    Listener.heard = []


async def test_hook_session_opened_hook_session_closed_hook_upstream_opened_hook_upstream_closed_come_once():
    plugins, session, link = load(SyncListener), TestSession(), Link()
    plugins.session_opened(session)
    plugins.upstream_opened(session, link)
    plugins.upstream_closed(session, link, "1006")
    plugins.upstream_closed(session, link, "again")
    plugins.session_closed(session, "gone")
    plugins.session_closed(session, "again")
    assert Listener.heard == [("opened", "CP001"), ("up", "main"), ("down", "1006"), ("closed", "gone")]


def test_what_was_never_opened_is_never_closed():
    plugins = load(SyncListener)
    plugins.session_closed(TestSession(), "gone")
    plugins.upstream_closed(TestSession(), Link(), "gone")
    assert Listener.heard == []


async def test_a_slow_opened_is_heard_before_its_closed():
    plugins, session = load(AsyncListener), TestSession()
    plugins.session_opened(session)
    plugins.session_closed(session, "gone")
    assert Listener.heard == []
    await settle()
    assert Listener.heard == [("opened",), ("closed", "gone")]


async def test_a_listener_that_fails_stops_neither_the_session_nor_the_others():
    def broken(self, session):
        raise KeyError

    async def broken_later(self, session):
        raise KeyError

    plugins = load(made("session_opened", broken), made("session_opened", broken_later), SyncListener)
    plugins.session_opened(TestSession())
    await settle()
    assert Listener.heard == [("opened", "CP001")]
    assert [stats.errors for stats in plugins.stats.values()] == [1, 1, 0]


class Starter(Listener):
    @hookimpl
    def broker_starting(self, broker):
        self.note("start", self.context.name, broker)

    @hookimpl
    async def broker_stopping(self, broker):
        self.note("stop", self.context.name, broker)


class Refuses(BasePlugin):
    @hookimpl
    async def broker_starting(self, broker):
        raise RuntimeError("no database")


async def test_hook_broker_starting_goes_in_order_and_hook_broker_stopping_in_reverse():
    plugins = load(Starter, Starter)
    await plugins.start("broker")
    await plugins.stop()
    assert [what[:2] for what in Listener.heard] == [("start", "p0"), ("start", "p1"), ("stop", "p1"), ("stop", "p0")]
    assert {what[2] for what in Listener.heard} == {"broker"}


async def test_a_plugin_that_refuses_to_start_stops_those_that_have():
    plugins = load(Starter, Refuses, Starter)
    with pytest.raises(PluginError, match="plugin p1: refuses to start: RuntimeError: no database"):
        await plugins.start(None)
    assert [what[:2] for what in Listener.heard] == [("start", "p0"), ("stop", "p0")]


async def test_a_plugin_that_fails_to_stop_stops_nobody_else_from_it():
    def broken(self, broker):
        raise KeyError

    plugins = load(Starter, made("broker_stopping", broken))
    await plugins.start(None)
    await plugins.stop()
    assert Listener.heard[-1][:2] == ("stop", "p0")


async def test_a_session_that_is_closed_just_before_the_stop_is_heard_before_the_plugin_ends():
    async def closed(self, session, reason):
        await asyncio.sleep(0.01)
        Listener.heard.append(("closed", reason))

    async def stopping(self, broker):
        Listener.heard.append(("stop",))

    closed.__name__, stopping.__name__ = "session_closed", "broker_stopping"
    plugins = load(
        type(
            "Late",
            (BasePlugin,),
            {"a": hookimpl(closed, specname="session_closed"), "b": hookimpl(stopping, specname="broker_stopping")},
        )
    )
    await plugins.start(None)
    session = TestSession()
    plugins.session_opened(session)
    plugins.session_closed(session, "reload")
    await plugins.stop()
    assert Listener.heard == [("closed", "reload"), ("stop",)]
