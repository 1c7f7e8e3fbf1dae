import pydantic
import pytest

from broker.hooks import (
    BasePlugin,
    CallTimeout,
    OperationFailed,
    PluginError,
    Plugins,
    PluginSpec,
    StationRefused,
    UnknownOperation,
    operation,
)
from broker.ocpp import Reply, Version
from broker.records import StoreFailed
from broker.testing import PluginFailed, harness


class Params(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    times: int = 1


class Finder(BasePlugin):
    """Finds stations."""

    @operation("find", "ocpp1.6")
    async def find(self, session, params: Params):
        """Let a station blink.

        More of it.
        """
        answer = self.result_of(await session.call("DataTransfer", {"vendorId": "x", "data": str(params.times)}))
        if answer["status"] == "Rejected":
            raise OperationFailed("it cannot blink")
        return {"status": answer["status"]}

    @operation("fail", ("ocpp1.6", "ocpp2.1"))
    async def fail(self, session, params: Params):
        """Fails."""
        raise self.state["error"]

    @operation("odd", "ocpp1.6")
    async def odd(self, session, params: Params):
        """Returns no dict."""
        return "text"


async def test_the_hook_operation_composes_a_call_and_returns_its_result():
    h = harness(Finder)
    h.session("ocpp1.6").replies["DataTransfer"] = Reply.result({"status": "Accepted"})
    assert await h.operate("ocpp1.6", "find", {"times": "3"}) == {"status": "Accepted"}
    assert h.session("ocpp1.6").sent == [("DataTransfer", {"vendorId": "x", "data": "3"})]
    await h.stop()


async def test_wrong_parameters_never_reach_the_plugin():
    h = harness(Finder)
    for params in ({"times": "many"}, {"time": 3}):
        with pytest.raises(pydantic.ValidationError):
            await h.operate("ocpp1.6", "find", params)
    assert h.session("ocpp1.6").sent == []
    await h.stop()


async def test_a_callerror_is_told_in_the_stations_words():
    h = harness(Finder)
    h.session("ocpp1.6").replies["DataTransfer"] = Reply.error("NotSupported", "no such thing", {"a": 1})
    with pytest.raises(StationRefused, match="the station answered NotSupported: no such thing") as refused:
        await h.operate("ocpp1.6", "find")
    assert (refused.value.code, refused.value.details) == ("NotSupported", {"a": 1})
    await h.stop()


@pytest.mark.parametrize("error", [OperationFailed("no"), CallTimeout("late"), StoreFailed("full")])
async def test_what_is_no_fault_of_the_plugin_passes_and_is_not_counted(error):
    h = harness(Finder)
    h.plugins._loaded["Finder"].instance.state["error"] = error
    with pytest.raises(type(error), match=str(error)):
        await h.operate("ocpp2.1", "fail")
    assert h.plugins.stats["Finder"].errors == 0
    await h.stop()


@pytest.mark.parametrize("name", ["fail", "odd"])
async def test_a_fault_of_the_plugin_is_counted_and_told_without_its_text(name):
    h = harness(Finder)
    h.cut_errors = True
    h.plugins._loaded["Finder"].instance.state["error"] = KeyError("secret")
    with pytest.raises(OperationFailed, match="plugin Finder failed") as told:
        await h.operate("ocpp1.6", name)
    assert "secret" not in str(told.value)
    assert h.plugins.stats["Finder"].errors == 1
    h.cut_errors = False
    with pytest.raises((PluginFailed, OperationFailed)):
        await h.operate("ocpp1.6", name)
    await h.stop()


def test_an_unknown_operation_names_the_known_ones_of_that_version():
    plugins = Plugins.load([PluginSpec("f", {}, Finder)])
    with pytest.raises(UnknownOperation, match=r"ocpp2\.1 has no such operation here; known: fail$"):
        plugins.operation(Version.V21, "find")


def test_operations_describe_themselves():
    rows = Plugins.load([PluginSpec("f", {}, Finder)]).operations()
    assert [(row["version"], row["name"]) for row in rows] == [
        ("ocpp1.6", "fail"), ("ocpp1.6", "find"), ("ocpp1.6", "odd"), ("ocpp2.1", "fail"),
    ]  # fmt: skip
    find = rows[1]
    assert (find["plugin"], find["summary"]) == ("f", "Let a station blink.")
    assert find["params"]["properties"]["times"]["type"] == "integer"


def test_two_plugins_cannot_offer_the_same_operation():
    class Other(Finder):
        """The same again."""

    with pytest.raises(PluginError, match="find is an operation of f already"):
        Plugins.load([PluginSpec("f", {}, Finder), PluginSpec("o", {}, Other)])


def test_an_operation_is_async_and_its_parameters_are_a_model():
    class Sync(BasePlugin):
        """Wrong."""

        @operation("a", "ocpp1.6")
        def one(self, session, params: Params):
            """Not async."""

        @operation("b", "ocpp1.6")
        async def two(self, session, params: dict):
            """No model."""

    with pytest.raises(PluginError) as error:
        Plugins.load([PluginSpec("s", {}, Sync)])
    assert sorted(str(problem).partition(": an operation")[0] for problem in error.value.problems) == [
        "plugin s: one", "plugin s: two",
    ]  # fmt: skip


def test_an_operation_needs_the_decorator():
    from broker.hooks import hookimpl

    class Bare(BasePlugin):
        """Wrong."""

        @hookimpl(specname="operation")
        async def one(self, session, params: Params):
            """Without a name."""

    with pytest.raises(PluginError, match="mark it with @operation"):
        Plugins.load([PluginSpec("s", {}, Bare)])
