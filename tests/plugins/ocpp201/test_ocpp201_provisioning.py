"""The plugin as a whole: what it owns, NotifyReport's answer, resets, its end."""

import pytest
from ocpp201_provisioning_kit import CP, V21, V201, asked, item, kept, provisioning, report, said

from broker.api import CallTimeout, Direction, OperationFailed, Reply, StationRefused
from broker.hooks import PluginError
from broker.testing import harness
from plugins.ocpp201.provisioning.plugin import Provisioning


def test_it_owns_block_b_in_both_versions():
    owned = {(str(a.version), a.name, a.direction) for a in harness(Provisioning).plugins.actions()}
    station = {(v, n, Direction.FROM_STATION) for v in (V201, V21) for n in ("BootNotification", "NotifyReport")}
    names = ("GetBaseReport", "GetReport", "GetVariables", "Reset", "SetNetworkProfile", "SetVariables")
    assert owned == station | {(v, n, Direction.TO_STATION) for v in (V201, V21) for n in names}


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_report_is_taken(version):
    async with provisioning(version=version) as h:
        assert (await report(h, 1, [item("A", "B", "1")], version=version)).payload == {}
        assert (await h.call(version, "NotifyReport", {"requestId": 1})).payload == {}


async def test_what_was_told_just_before_the_end_is_kept():
    async with provisioning() as h:
        await asked(h, 1)
        await report(h, 1, [item("A", "B", "1")], tbc=True)
        assert await kept(h) == {}
        await h.plugins.stop()
        assert await kept(h) == {"A.B": "1"}


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize("params", [{}, {"type": "Immediate"}, {"evseId": 2}, {"type": "OnIdle", "evseId": 0}])
@pytest.mark.parametrize("status", ["Accepted", "Rejected", "Scheduled"])
async def test_a_reset_says_what_was_asked_and_answered(version, params, status):
    async with provisioning(version=version) as h:
        h.session(version).replies["Reset"] = said(status)
        wanted = {"type": "OnIdle", **params}
        assert await h.operate(version, "reset", params) == {"status": status, **wanted}
        assert h.session(version).sent == [("Reset", wanted)]


async def test_the_reason_of_a_refused_reset_is_shown():
    async with provisioning() as h:
        h.session(V201).replies["Reset"] = said("Rejected", statusInfo={"reasonCode": "TxInProgress"})
        assert (await h.operate(V201, "reset"))["statusInfo"] == {"reasonCode": "TxInProgress"}


async def test_resuming_is_of_2_1():
    async with provisioning(version=V21) as h:
        h.session(V21).replies["Reset"] = said("Accepted")
        await h.operate(V21, "reset", {"type": "ImmediateAndResume"})
        assert h.session(V21).sent == [("Reset", {"type": "ImmediateAndResume"})]
    async with provisioning() as h:
        with pytest.raises(OperationFailed, match=r"of OCPP 2\.1"):
            await h.operate(V201, "reset", {"type": "ImmediateAndResume"})
        assert h.session(V201).sent == []


async def test_a_reset_that_fails_says_so():
    def silent(payload):
        raise CallTimeout("no answer")

    async with provisioning() as h:
        h.session(V201).replies["Reset"] = Reply.error("InternalError", "busy")
        with pytest.raises(StationRefused, match="busy"):
            await h.operate(V201, "reset")
        h.session(V201).replies["Reset"] = silent
        with pytest.raises(CallTimeout):
            await h.operate(V201, "reset")


@pytest.mark.parametrize(
    "options", [{"heartbeat_interval": 0}, {"full_inventory": "often"}, {"csms_url": {"4": "ws://x"}}]
)
def test_wrong_options_are_told_at_the_start(options):
    with pytest.raises(PluginError, match=next(iter(options))):
        harness(Provisioning, **options)


async def test_nothing_is_kept_of_another_version():
    async with provisioning() as h:
        reply = Reply.result({"configurationKey": [{"key": "A", "readonly": False, "value": "1"}]})
        await h.reply("ocpp1.6", "GetConfiguration", {}, reply, direction=Direction.TO_STATION)
        assert await h.records.variables.of(CP) == []
