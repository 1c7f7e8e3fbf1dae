from broker.ocpp import Reply, Version
from broker.testing import StoppedClock, TestSession


def test_the_clock_moves_only_when_told():
    clock = StoppedClock(10.0)
    clock.advance(2.5)
    assert (clock.now(), clock.monotonic()) == (12.5, 12.5)


async def test_the_session_notes_calls_and_answers_as_told():
    session = TestSession(Version.V201, tags={"site": "depot"})
    session.replies["Reset"] = Reply.result({"status": "Rejected"})
    assert (await session.call("Reset", {"type": "OnIdle"})).payload == {"status": "Rejected"}
    assert (await session.call("ClearCache", {})).payload == {}
    assert session.sent == [("Reset", {"type": "OnIdle"}), ("ClearCache", {})]
    assert session.tags == {"site": "depot"}
