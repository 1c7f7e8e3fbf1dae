"""The desk without any profile: a version of OCPP of its own, whose entries are `{"id", "kind", "info"}`."""

import asyncio

import pytest

from broker.api import BasePlugin, Call, OperationFailed, Reply, StationRefused, Version
from broker.testing import harness
from plugins.shared.local_list import Form
from plugins.shared.local_list_desk import Limits, LocalListDesk, Order

V = "ocpp2.1"
ID = "CP001"
GOOD, BAD = {"status": "Accepted", "type": "x"}, {"status": "Blocked", "type": "x"}


def read(entry):
    return (entry["id"], entry["kind"], entry.get("info"))


FORM = Form(
    version="number",
    read=read,
    write=lambda one, info: {"id": one, "kind": info["type"], "info": info},
    removal=lambda one, info: {"id": one, "kind": info["type"]},
)


class Keeper(BasePlugin):
    """Whose desk it is."""

    name = "keeper"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.limit = Limits(per_message=100)
        self.desk = LocalListDesk(context, FORM, self._limits)

    async def _limits(self, identity):
        return self.limit


class Rig:
    """The desk, and a station that does as it is told. `answers`: what it says instead of Accepted."""

    def __init__(self, h):
        self.keeper = h.plugins._loaded["keeper"].instance
        self.h = h
        self.session = h.session(V)
        self.session.review = self._recorded
        self.session.replies = {"SendLocalList": self._send, "GetLocalListVersion": self._version}
        self.answers = []
        self.there = 0
        self.infos = {}

    @property
    def sends(self):
        return [payload for action, payload in self.session.sent if action == "SendLocalList"]

    @property
    def asked(self):
        return len(self.session.sent) - len(self.sends)

    async def book(self):
        return await self.h.records.local_lists.get(ID)

    async def send(self, wanted=None, **more):
        order = {"type": None, "version": None, "given": None, "named": None, "force": False, **more}

        async def tokens():
            return {**self.infos, **(wanted or {})}, wanted or {}

        return await self.keeper.desk.send(self.session, Order(**order), tokens)

    def _send(self, payload):
        status = self.answers.pop(0) if self.answers else "Accepted"
        if status == "Accepted":
            self.there = payload["number"]
        return Reply.error(status) if status == "NotSupported" else Reply.result({"status": status})

    def _version(self, payload):
        return Reply.result({"number": self.there})

    async def _recorded(self, session, action, payload, reply):
        call = Call.of(action, payload, version=Version(V))
        record = self.keeper.desk.was_sent if action == "SendLocalList" else self.keeper.desk.was_told
        await record(session, call, reply)
        return reply


@pytest.fixture
async def rig():
    h = await harness(Keeper).ready()
    yield Rig(h)
    await h.stop()


async def test_a_list_is_sent_whole_then_by_its_differences_then_not_at_all(rig):
    assert await rig.send({"A": GOOD}) == {
        "status": "Accepted", "updateType": "Full", "number": 1, "entries": 1, "messages": 1,
    }  # fmt: skip
    assert (await rig.send({"A": GOOD, "B": BAD}))["updateType"] == "Differential"
    assert rig.sends[1] == {
        "number": 2,
        "updateType": "Differential",
        "localAuthorizationList": [{"id": "B", "kind": "x", "info": BAD}],
    }
    assert await rig.send({"A": GOOD, "B": BAD}) == {
        "number": 2, "entries": 0, "messages": 0, "note": "nothing has changed",
    }  # fmt: skip
    assert (await rig.book()).entries == {"A": GOOD, "B": BAD}


async def test_force_sends_what_is_there_already(rig):
    await rig.send({"A": GOOD})
    assert (await rig.send({"A": GOOD}, force=True))["updateType"] == "Full"


async def test_a_version_that_is_given_is_sent_and_not_mended(rig):
    rig.answers = ["VersionMismatch"]
    told = await rig.send({"A": GOOD}, version=-5)
    assert (told["status"], told["number"], len(rig.sends)) == ("VersionMismatch", -5, 1)


async def test_a_mismatch_is_followed_by_a_whole_list_above_both_versions(rig):
    await rig.send({"A": GOOD})
    rig.there = 40
    rig.answers = ["VersionMismatch"]
    told = await rig.send({"A": GOOD, "B": BAD})
    assert (told["updateType"], told["number"], told["insteadOf"]["number"]) == ("Full", 42, 41)


async def test_the_whole_list_is_above_what_somebody_else_has_sent_meanwhile(rig):
    rig.there = 3

    def other(payload):
        rig.session.replies["SendLocalList"] = rig._send
        rig.there = 60
        return Reply.result({"status": "VersionMismatch"})

    rig.session.replies["SendLocalList"] = other
    assert (await rig.send({"A": GOOD}))["number"] == 61


@pytest.mark.parametrize("status", ["Failed", "NotSupported"])
async def test_a_whole_list_that_was_not_taken_is_not_sent_again(rig, status):
    rig.answers = [status]
    if status == "NotSupported":
        with pytest.raises(StationRefused):
            await rig.send({"A": GOOD})
    else:
        assert (await rig.send({"A": GOOD}))["status"] == "Failed"
    assert len(rig.sends) == 1
    assert (await rig.book()).status == status


async def test_a_long_list_goes_in_parts_until_one_is_refused(rig):
    rig.keeper.limit = Limits(per_message=1)
    rig.answers = ["Accepted", "Nonsense"]
    told = await rig.send(dict.fromkeys("ABC", GOOD))
    assert (told["status"], told["entries"], told["messages"], told["number"]) == ("Nonsense", 1, 2, 2)


async def test_a_list_has_no_more_entries_than_the_station_can_hold(rig):
    rig.keeper.limit = Limits(per_message=100, entries=1, entries_of="Room")
    await rig.send({"A": GOOD})
    with pytest.raises(OperationFailed, match="2 entries; its Room is 1"):
        await rig.send({"A": GOOD, "B": GOOD})
    await rig.send({"B": GOOD})  # the removal makes room
    assert len(rig.sends) == 2


async def test_given_entries_need_no_tokens(rig):
    given = [{"id": "X", "kind": "x", "info": GOOD}]
    assert (await rig.send(given=given, type="Full"))["entries"] == 1
    assert (await rig.book()).entries == {"X": GOOD}


async def test_a_name_that_is_not_wanted_is_an_error_but_for_a_differential(rig):
    with pytest.raises(OperationFailed, match="1 of the tags"):
        await rig.send({"A": GOOD}, named=["a", "Y"])
    rig.infos = {"Y": BAD}
    await rig.send({"A": GOOD}, named=["A", "Y"], type="Differential", force=True)
    assert rig.sends[0]["localAuthorizationList"][0] == {"id": "Y", "kind": "x"}


async def test_two_updates_of_one_station_go_one_after_the_other(rig):
    first, second = await asyncio.gather(rig.send({"A": GOOD}), rig.send({"A": GOOD, "B": BAD}))
    assert (first["number"], second["number"], second["updateType"]) == (1, 2, "Differential")


async def test_a_version_that_cannot_be_read_is_not_kept(rig):
    rig.there = "many"
    assert await rig.keeper.desk.version(rig.session) == {"number": "many"}
    assert await rig.book() is None


async def test_an_entry_is_removed_with_the_type_that_the_station_knows(rig):
    await rig.send({"A": GOOD, "B": {**GOOD, "type": "y"}})
    await rig.keeper.desk.remove(rig.session, "b", "x")
    assert rig.sends[1] == {
        "number": 2, "updateType": "Differential", "localAuthorizationList": [{"id": "B", "kind": "y"}],
    }  # fmt: skip
    assert (await rig.book()).entries == {"A": GOOD}


async def test_what_is_not_there_is_not_removed(rig):
    await rig.keeper.desk.remove(rig.session, "A", "x")
    assert (rig.asked, rig.sends) == (1, [])
    await rig.send({"A": GOOD})
    await rig.keeper.desk.remove(rig.session, "B", "x")
    assert len(rig.sends) == 1


async def test_nothing_is_removed_from_a_station_that_cannot_tell_its_version(rig):
    rig.session.replies["GetLocalListVersion"] = Reply.error("NotSupported")
    await rig.keeper.desk.remove(rig.session, "A", "x")
    assert rig.sends == []


async def test_a_removal_that_was_refused_is_followed_by_the_rest_or_told(rig):
    await rig.send({"A": GOOD, "B": BAD})
    rig.answers = ["Failed"]
    await rig.keeper.desk.remove(rig.session, "B", "x")
    assert (rig.sends[2]["updateType"], (await rig.book()).entries) == ("Full", {"A": GOOD})
    rig.answers = ["Failed", "Failed"]
    with pytest.raises(OperationFailed, match="Failed"):
        await rig.keeper.desk.remove(rig.session, "A", "x")
