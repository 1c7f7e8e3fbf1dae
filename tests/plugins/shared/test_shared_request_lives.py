"""Lives by requestId, in the documents of a plugin."""

import asyncio

import pytest

from broker.api import BasePlugin
from broker.testing import harness
from plugins.shared.file_lives import Course
from plugins.shared.request_lives import RequestLives
from tests.plugins.shared.plugin_files_kit import transfer

ID = "CP001"
COURSE = Course(
    phases=(("Uploading",), ("UploadFailure",), ("Uploaded",)),
    ends=frozenset({"UploadFailure", "Uploaded"}),
    named=True,
)
ASKED = {"by": "api"}


class Owner(BasePlugin):
    """A plugin with such lives, for the test to hold."""

    name = "owner"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.lives = RequestLives(context, {"log": COURSE, "other": COURSE})
        Owner.latest = self


class World:
    """The plugin's lives, a clock, and what is on the disk."""

    def __init__(self):
        self.h = harness(Owner)
        self.owner = Owner.latest
        self.lives = self.owner.lives

    async def of(self, kind="log", identity=ID):
        return [(one["requestId"], one["status"], one["ended"]) for one in await self.lives.of(identity, kind)]

    async def ask(self, number, answer="Accepted", *, kind="log", **more):
        self.h.clock.advance(1)
        await self.lives.answered(ID, kind, number, answer, {**ASKED, **more})

    async def hear(self, number, *statuses, kind="log", **more):
        for status in statuses:
            self.h.clock.advance(1)
            await self.lives.heard(ID, kind, number, status, **more)


@pytest.fixture
async def world():
    one = World()
    await one.h.ready()
    yield one
    await one.h.stop()


async def test_a_request_and_its_notifications_are_one_life(world):
    await world.ask(7, logType="SecurityLog")
    await world.hear(7, "Uploading", "Uploaded")
    (life,) = await world.lives.of(ID, "log")
    assert (life["requestId"], life["answer"], life["status"], life["ended"]) == (7, "Accepted", "Uploaded", True)
    assert life["asked"] == {"by": "api", "logType": "SecurityLog"}
    assert await world.of("other") == []
    assert await world.of(identity="CP002") == []


async def test_a_notification_may_overtake_the_answer(world):
    await world.hear(7, "Uploading")
    await world.ask(7)
    (life,) = await world.lives.of(ID, "log")
    assert (life["asked"], life["status"], len(life["history"])) == (ASKED, "Uploading", 1)


async def test_a_number_that_comes_again_is_another_request(world):
    await world.ask(7)
    await world.hear(7, "Uploading", "Uploaded")
    await world.ask(7)
    assert await world.of() == [(7, None, False)]


@pytest.mark.parametrize("answer", ["Rejected", "InvalidCertificate", "", "NotSupported"])
async def test_what_a_station_refuses_is_over_and_ends_no_other(world, answer):
    await world.ask(1)
    await world.ask(2, answer)
    assert await world.of() == [(2, None, True), (1, None, False)]
    assert (await world.lives.of(ID, "log"))[0]["answer"] == answer


async def test_a_request_that_cancels_ends_those_that_go_on_for_good(world):
    await world.ask(1)
    await world.hear(1, "Uploading", "Uploaded")
    await world.ask(2)
    await world.ask(5, kind="other")
    await world.ask(3, "AcceptedCanceled")
    assert await world.of() == [(3, None, False), (2, None, True), (1, "Uploaded", True)]
    await world.hear(2, "Uploading")
    canceled = (await world.lives.of(ID, "log"))[1]
    assert (canceled["canceledBy"], canceled["status"], canceled["ended"]) == (3, "Uploading", True)
    assert "canceledBy" not in (await world.lives.of(ID, "log"))[2]
    assert await world.of("other") == [(5, None, False)]


async def test_a_notification_without_a_number_is_of_the_one_that_goes_on(world):
    await world.ask(1)
    await world.ask(2)
    await world.hear(2, "Uploaded")
    await world.hear(None, "Uploading")
    assert await world.of() == [(2, "Uploaded", True), (1, "Uploading", False)]


async def test_a_notification_without_a_number_is_nobodys_where_nothing_goes_on(world):
    await world.hear(None, "Idle")
    assert await world.of() == []
    await world.ask(1, "Rejected")
    await world.hear(None, "Uploading")
    assert await world.of() == [(1, None, True)]


async def test_what_nobody_asked_for_here_is_kept(world):
    await world.hear(9, "Uploading")
    (life,) = await world.lives.of(ID, "log")
    assert (life["requestId"], life["asked"], life["status"]) == (9, None, "Uploading")


async def test_more_is_kept_with_a_status_that_counts(world):
    await world.hear(9, "Uploaded", where="x")
    await world.hear(9, "Uploading", where="y")
    assert (await world.lives.of(ID, "log"))[0]["where"] == "x"


async def test_the_latest_twenty_are_kept_and_what_nobody_asked_for_goes_first(world):
    await world.ask(1)
    for number in range(100, 125):
        await world.hear(number, "Uploading")
    known = await world.of()
    assert (len(known), known[-1][0], known[0][0]) == (20, 1, 124)
    for number in range(200, 225):
        await world.ask(number)
    assert [number for number, *_ in await world.of()] == list(range(224, 204, -1))
    await world.hear(300, "Uploading")
    assert 300 not in [number for number, *_ in await world.of()]


async def test_a_transfer_is_noted_with_its_request(world):
    await world.ask(1)
    await world.ask(2)
    await world.lives.transferred("log", 1, transfer())
    newest, oldest = await world.lives.of(ID, "log")
    assert (newest["transfers"], oldest["transfers"][0]["file"], oldest["ended"]) == ([], "x-1", False)
    await world.lives.transferred("log", 99, transfer())
    assert len(await world.of()) == 2


async def test_a_boot_is_noted_with_what_goes_on(world):
    await world.ask(1)
    await world.hear(1, "Uploaded")
    await world.ask(2)
    await world.hear(2, "Uploading")
    await world.lives.booted(ID, "log", "2.0")
    goes_on, ended = await world.lives.of(ID, "log")
    assert (goes_on["history"][-1]["boot"], len(ended["history"])) == ("2.0", 1)


async def test_who_is_busy_is_known_and_recalled(world):
    assert not world.lives.busy(ID, "log")
    await world.ask(1)
    assert world.lives.busy(ID, "log")
    assert not world.lives.busy(ID, "other")
    again = RequestLives(world.owner.context, {"log": COURSE})
    await again.load()
    assert again.busy(ID, "log")
    await world.hear(1, "Uploaded")
    assert not world.lives.busy(ID, "log")
    again = RequestLives(world.owner.context, {"log": COURSE})
    await again.load()
    assert not again.busy(ID, "log")


async def test_other_documents_of_the_plugin_are_left_alone(world):
    world.h.records.later(world.h.records.documents.put("owner", ID, "notes", {"x": 1}))
    await world.lives.load()
    await world.ask(1)
    assert await world.of() == [(1, None, False)]


async def test_a_repetition_writes_nothing(world):
    await world.ask(1)
    await world.lives.heard(ID, "log", 1, "Uploading")
    before = await world.lives.of(ID, "log")
    await world.lives.heard(ID, "log", 1, "Uploading")
    assert await world.lives.of(ID, "log") == before


async def test_changes_of_one_station_follow_each_other(world):
    await world.ask(1)
    await asyncio.gather(*(world.lives.transferred("log", 1, transfer(at=float(n))) for n in range(10)))
    assert len((await world.lives.of(ID, "log"))[0]["transfers"]) == 10


async def test_operators_see_every_kind(world):
    await world.ask(1)
    shown = await world.lives.shown(ID)
    assert (shown["other"], shown["log"][0]["begun"]) == ([], "2026-01-01T00:00:01Z")
