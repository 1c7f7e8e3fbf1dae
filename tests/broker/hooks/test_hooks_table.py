from broker.hooks import (
    Answer,
    BasePlugin,
    Direction,
    Plugins,
    PluginSpec,
    answer,
    observe,
    on_call,
    on_reply,
    run_on_call,
)
from broker.ocpp import Call, Version
from broker.testing import TestSession

FROM, TO = Direction.FROM_STATION, Direction.TO_STATION


class Mixed(BasePlugin):
    """One handler of each kind."""

    @on_call("*", "*")
    def every(self, session, call):
        """All calls."""

    @on_call("ocpp1.6", "Reset", direction=TO)
    def reset(self, session, call):
        """One command."""

    @answer("ocpp1.6", "Heartbeat")
    def beat(self, session, call):
        return {}

    @on_reply("ocpp1.6", "Heartbeat")
    def reply(self, call, reply):
        """One reply."""

    @observe("ocpp1.6", "Heartbeat", direction=FROM)
    def look(self, session, event):
        """One message."""


def table(version=Version.V16, *classes):
    return Plugins.load([PluginSpec(c.__name__, {}, c) for c in classes or (Mixed,)]).table(version)


def labels(handlers):
    return [handler.label for handler in handlers]


def test_a_chain_holds_the_handlers_of_its_action_and_of_the_star():
    assert labels(table().chain(TO, "Reset").on_call) == ["Mixed.every", "Mixed.reset"]
    assert labels(table().chain(FROM, "Reset").on_call) == ["Mixed.every"]


def test_an_action_nobody_names_gets_the_star():
    chain = table().chain(FROM, "VendorSpecific")
    assert (labels(chain.on_call), chain.answer, chain.on_reply, chain.observe) == (["Mixed.every"], None, (), ())


def test_answers_replies_and_observers_are_in_the_chain_of_their_action_and_direction():
    chain = table().chain(FROM, "Heartbeat")
    assert (chain.answer.label, labels(chain.on_reply), labels(chain.observe)) == (
        "Mixed.beat",
        ["Mixed.reply"],
        ["Mixed.look"],
    )
    assert table().chain(TO, "Heartbeat").observe == ()


def test_another_version_has_only_what_is_for_it():
    chain = table(Version.V21).chain(FROM, "Heartbeat")
    assert (labels(chain.on_call), chain.answer) == (["Mixed.every"], None)


def test_without_plugins_every_part_of_a_chain_is_false():
    chain = Plugins.load([]).table(Version.V16).chain(FROM, "Heartbeat")
    assert not any((chain.on_call, chain.answer, chain.on_reply, chain.observe))


class Sparse(BasePlugin):
    """Handlers that take fewer arguments, in another order."""

    @on_call("ocpp1.6", "Heartbeat")
    def only_call(self, call):
        self.state["action"] = call.action

    @on_call("ocpp1.6", "Heartbeat")
    def turned(self, call, session):
        return Answer({"was": session.identity + call.action})


async def test_a_handler_may_take_fewer_arguments_in_any_order():
    call = Call.of("Heartbeat", {}, version=Version.V16)
    chain = table(Version.V16, Sparse).chain(FROM, "Heartbeat")
    assert await run_on_call(chain.on_call, TestSession(), call) == Answer({"was": "CP001Heartbeat"})


async def test_a_handler_counts_its_runs_in_every_chain():
    plugins = Plugins.load([PluginSpec("m", {}, Mixed)])
    for action in ("Heartbeat", "Authorize", "Vendor"):
        call = Call.of(action, {}, version=Version.V16)
        await run_on_call(plugins.table(Version.V16).chain(FROM, action).on_call, TestSession(), call)
    assert plugins.stats["m"].calls == 3


def test_chains_lists_each_chain_once():
    rows = [(direction, action) for direction, action, _ in table().chains()]
    assert len(rows) == len(set(rows))
    assert {(FROM, "*"), (TO, "*"), (TO, "Reset"), (FROM, "Heartbeat")} <= set(rows)
