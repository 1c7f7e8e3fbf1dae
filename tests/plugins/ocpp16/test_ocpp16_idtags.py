import inspect

import pytest
from ocpp16_core_kit import NOW, core, put_tokens, token

from broker.testing import StoppedClock, TestSession
from plugins.ocpp16.idtags import IdTags


def tags(*, accept_unknown=False):
    return IdTags(StoppedClock(), accept_unknown=accept_unknown)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("Accepted", "Accepted"),
        ("Blocked", "Blocked"),
        ("Expired", "Expired"),
        ("Invalid", "Invalid"),
        ("ConcurrentTx", "ConcurrentTx"),
        ("Unknown", "Invalid"),
        ("NoCredit", "Blocked"),
        ("NotAtThisTime", "Blocked"),
    ],
)
def test_a_status_is_said_in_the_words_of_1_6(status, said):
    assert tags().of(token("A", status=status), "CP001") == {"status": said}


def test_a_token_expires_at_its_moment_and_only_an_accepted_one_does():
    later, now = token("A", expires=NOW + 1), token("A", expires=NOW)
    assert tags().of(later, "CP001") == {"status": "Accepted", "expiryDate": "2026-01-01T00:00:01Z"}
    assert tags().of(now, "CP001") == {"status": "Expired", "expiryDate": "2026-01-01T00:00:00Z"}
    assert tags().of(token("A", status="Blocked", expires=NOW), "CP001")["status"] == "Blocked"


@pytest.mark.parametrize(
    ("credit", "said"), [(None, "Accepted"), (0.01, "Accepted"), (0.0, "Blocked"), (-1.0, "Blocked")]
)
def test_what_is_prepaid_and_spent_is_blocked(credit, said):
    assert tags().of(token("A", credit=credit), "CP001") == {"status": said}
    assert tags().of(token("A", credit=credit, status="Invalid"), "CP001") == {"status": "Invalid"}


def test_a_token_that_is_valid_at_no_evse_of_a_station_is_blocked_there():
    judged = tags()
    some = token("A", evses={"CP001": [], "CP002": [1]})
    assert [judged.of(some, one)["status"] for one in ("CP001", "CP002", "CP003")] == [
        "Blocked",
        "Accepted",
        "Accepted",
    ]


def test_an_expiry_outside_the_calendar_is_left_out():
    assert tags().of(token("A", expires=1e30), "CP001") == {"status": "Accepted"}


def test_a_parent_is_told_unless_no_station_could_hold_it():
    assert tags().of(token("A", parent="P" * 20), "CP001")["parentIdTag"] == "P" * 20
    assert tags().of(token("A", parent="P" * 21), "CP001") == {"status": "Accepted"}


def test_nobody_is_invalid_unless_unknown_ones_are_welcome():
    assert tags().of(None, "CP001") == {"status": "Invalid"}
    assert tags(accept_unknown=True).of(None, "CP001") == {"status": "Accepted"}


async def judge(h, judged, session, tag):
    info = judged.info(h.records, session, tag)
    return await info if inspect.isawaitable(info) else info


@pytest.mark.parametrize("tag", ["card1", "CARD1", "Card1"])
async def test_an_id_tag_is_found_without_regard_to_case(tag):
    async with core() as h:
        await put_tokens(h, CARD1={"parent": "FAMILY"})
        assert await judge(h, tags(), TestSession(), tag) == {"status": "Accepted", "parentIdTag": "FAMILY"}


async def test_what_was_read_once_is_there_at_once():
    async with core() as h:
        await put_tokens(h, CARD1={})
        for tag, status in (("CARD1", "Accepted"), ("NOBODY", "Invalid")):
            await judge(h, tags(), TestSession(), tag)
            assert tags().info(h.records, TestSession(), tag) == {"status": status}


@pytest.mark.parametrize("tag", ["", "x" * 5000, "a\x00b", "a\ud800", "ä" * 20, "'; DROP TABLE token; --"])
async def test_an_odd_id_tag_is_invalid_and_nothing_worse(tag):
    async with core() as h:
        assert await judge(h, tags(), TestSession(), tag) == {"status": "Invalid"}


@pytest.mark.parametrize("tag", [None, 5, True, [], {"idTag": "A"}])
async def test_what_is_no_text_is_invalid_even_where_unknown_ones_are_welcome(tag):
    async with core() as h:
        assert await judge(h, tags(accept_unknown=True), TestSession(), tag) == {"status": "Invalid"}


async def test_the_upstream_that_is_stood_in_for_has_the_word():
    async with core() as h:
        session = TestSession()
        session.stands_in_for = {"CARD1": {"status": "Blocked"}}
        await put_tokens(h, CARD1={})
        assert tags().info(h.records, session, "CARD1") == {"status": "Blocked"}
