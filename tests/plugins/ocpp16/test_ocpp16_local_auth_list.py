"""What the plugin composes by itself, and what becomes of it."""

import pytest
from local_list_kit import ID, V, entry, limit, local_list, send, tags_of

from broker.api import CallTimeout, OperationFailed, Reply, StationRefused, Token
from broker.hooks import PluginError
from broker.testing import harness
from plugins.ocpp16.local_auth_list import LocalAuthList

NOW = 1_767_225_600.0
A, B, C = Token(id="A"), Token(id="B"), Token(id="C")


# --- GetLocalListVersion ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [-1, 0, 7])
async def test_the_version_is_what_the_station_says_and_is_kept(version):
    async with local_list(version=version) as (h, station):
        assert await h.operate(V, "local-list-version", {}) == {"listVersion": version}
        assert station.session.sent == [("GetLocalListVersion", {})]
        assert (await h.records.local_lists.get(ID)).version == version


async def test_a_station_that_refuses_to_name_its_version_is_quoted():
    async with local_list() as (h, station):
        station.session.replies["GetLocalListVersion"] = Reply.error("NotImplemented", "no lists")
        with pytest.raises(StationRefused, match="NotImplemented: no lists"):
            await h.operate(V, "local-list-version", {})
        assert await h.records.local_lists.get(ID) is None


# --- a list made from the tokens --------------------------------------------------------------------------------------


async def test_all_tokens_are_sent_as_1_6_has_them():
    tokens = [
        A,
        Token(id="B", status="Blocked", parent="GROUP"),
        Token(id="C", expires=NOW + 60, parent="G" * 21),
        Token(id="D", expires=NOW - 60),
        Token(id="E", status="NoCredit"),
        Token(id="F" * 21),
        Token(id="H", type="ISO14443", status="ConcurrentTx"),
    ]
    async with local_list(*tokens) as (h, station):
        result = await send(h)
        assert result == {"status": "Accepted", "updateType": "Full", "listVersion": 1, "entries": 6, "messages": 1}
        assert station.sends == [
            {
                "listVersion": 1,
                "updateType": "Full",
                "localAuthorizationList": [
                    entry("A"),
                    entry("B", "Blocked", parentIdTag="GROUP"),
                    entry("C", expiryDate="2026-01-01T00:01:00Z"),
                    entry("D", "Expired", expiryDate="2025-12-31T23:59:00Z"),
                    entry("E", "Blocked"),
                    entry("H", "ConcurrentTx"),
                ],
            }
        ]


async def test_only_the_statuses_of_the_configuration_are_in_a_list():
    tokens = [A, Token(id="B", status="Blocked"), Token(id="D", expires=NOW - 60)]
    async with local_list(*tokens, include=["Accepted", "Expired"]) as (h, station):
        await send(h)
        assert tags_of(station.sends[0]) == ["A", "D"]


def test_an_unknown_status_in_the_configuration_is_an_error_at_start():
    with pytest.raises(PluginError, match=r"local_auth_list\.include"):
        harness(LocalAuthList, include=["Acepted"])


async def test_only_what_has_changed_follows():
    async with local_list(A, B, version=5) as (h, station):
        await send(h)
        await h.records.tokens.put_many([Token(id="B", status="Blocked"), C])
        result = await send(h)
        assert result == {
            "status": "Accepted",
            "updateType": "Differential",
            "listVersion": 7,
            "entries": 2,
            "messages": 1,
        }
        assert station.sends[1]["localAuthorizationList"] == [entry("B", "Blocked"), entry("C")]
        assert station.entries == {
            "A": {"status": "Accepted"},
            **{e["idTag"]: e["idTagInfo"] for e in station.sends[1]["localAuthorizationList"]},
        }


async def test_nothing_is_sent_where_nothing_has_changed_unless_it_is_forced():
    async with local_list(A) as (h, station):
        await send(h)
        result = await send(h)
        assert result == {"listVersion": 1, "entries": 0, "messages": 0, "note": "nothing has changed"}
        assert len(station.sends) == 1
        assert (await send(h, force=True))["status"] == "Accepted"
        assert station.sends[1] == {"listVersion": 2, "updateType": "Full", "localAuthorizationList": [entry("A")]}


async def test_an_empty_list_stays_empty_without_a_message():
    async with local_list() as (h, station):
        assert (await send(h))["messages"] == 0
        assert station.sends == []


async def test_what_is_no_token_any_more_goes_with_a_full_list():
    async with local_list(A, B) as (h, station):
        await send(h)
        await h.records.tokens.drop("B")
        result = await send(h)
        assert (result["updateType"], result["listVersion"]) == ("Full", 2)
        assert station.sends[1]["localAuthorizationList"] == [entry("A")]


async def test_a_token_that_was_forgotten_for_good_leaves_the_station_with_the_next_list():
    async with local_list(A, Token(id="B")) as (h, station):
        await send(h)
        h.records.tokens.configure({"A": A})
        await h.records.forget_token("b")
        assert (await send(h))["updateType"] == "Full"
        assert tags_of(station.sends[-1]) == ["A"]


async def test_the_last_token_goes_with_an_empty_full_list():
    async with local_list(A) as (h, station):
        await send(h)
        await h.records.tokens.drop("A")
        await send(h)
        assert station.sends[1] == {"listVersion": 2, "updateType": "Full"}
        assert station.entries == {}


async def test_a_station_that_has_lost_its_list_gets_all_of_it():
    async with local_list(A, B) as (h, station):
        await send(h)
        station.version, station.entries = 0, {}
        await h.records.tokens.put(C)
        await send(h)
        assert set(station.entries) == {"A", "B", "C"}
        assert station.sends[1]["updateType"] == "Full"


async def test_a_list_that_somebody_else_has_changed_is_sent_whole():
    async with local_list(A) as (h, station):
        await send(h)
        station.version, station.entries = 12, {"X": {"status": "Accepted"}}
        result = await send(h)
        assert (result["updateType"], result["listVersion"]) == ("Full", 13)
        assert station.entries == {"A": {"status": "Accepted"}}


async def test_a_station_that_cannot_name_its_version_gets_a_list_all_the_same():
    async with local_list(A) as (h, station):
        station.session.replies["GetLocalListVersion"] = Reply.error("NotImplemented")
        assert (await send(h))["listVersion"] == 1


async def test_a_station_that_does_not_answer_is_sent_nothing():
    def silent(payload):
        raise CallTimeout("no answer")

    async with local_list(A) as (h, station):
        station.session.replies["GetLocalListVersion"] = silent
        with pytest.raises(CallTimeout):
            await send(h)
        assert station.sends == []


# --- limits of the station --------------------------------------------------------------------------------------------


async def test_a_long_list_goes_in_parts():
    async with local_list(*(Token(id=f"T{number}") for number in range(7)), version=5) as (h, station):
        await limit(h, sendlocallistmaxlength="3", LocalAuthListMaxLength="7")
        result = await send(h)
        assert result == {
            "status": "Accepted",
            "updateType": "Differential",
            "listVersion": 8,
            "entries": 7,
            "messages": 3,
        }
        assert [(s["updateType"], s["listVersion"]) for s in station.sends] == [
            ("Full", 6),
            ("Differential", 7),
            ("Differential", 8),
        ]
        assert [tags_of(s) for s in station.sends] == [["T0", "T1", "T2"], ["T3", "T4", "T5"], ["T6"]]
        assert len((await h.records.local_lists.get(ID)).entries) == 7


async def test_without_a_known_limit_the_configuration_has_one():
    async with local_list(A, B, C, per_message=2) as (h, station):
        await limit(h, SendLocalListMaxLength="0")
        await send(h)
        assert [tags_of(s) for s in station.sends] == [["A", "B"], ["C"]]


@pytest.mark.parametrize("value", ["0", "-1", "", "many"])
async def test_a_limit_that_is_none_limits_nothing(value):
    async with local_list(A, B) as (h, station):
        await limit(h, SendLocalListMaxLength=value, LocalAuthListMaxLength=value)
        assert (await send(h))["messages"] == 1
        assert tags_of(station.sends[0]) == ["A", "B"]


async def test_parts_end_where_one_is_not_taken():
    async with local_list(A, B, C, per_message=1) as (h, station):
        station.answers = ["Accepted", "NotSupported"]
        result = await send(h)
        assert result == {
            "status": "NotSupported",
            "updateType": "Differential",
            "listVersion": 2,
            "entries": 1,
            "messages": 2,
        }
        assert set((await h.records.local_lists.get(ID)).entries) == {"A"}


async def test_a_list_that_has_no_room_is_not_sent():
    async with local_list(A, B, C) as (h, station):
        await limit(h, LocalAuthListMaxLength="2")
        with pytest.raises(OperationFailed, match="3 entries; its LocalAuthListMaxLength is 2"):
            await send(h)
        await send(h, tags=["A", "B"])
        with pytest.raises(OperationFailed, match="3 entries"):
            await send(h, updateType="Differential", tags=["C"])
        assert len(station.sends) == 1


# --- a station that does not take it ----------------------------------------------------------------------------------


async def test_a_version_that_is_too_old_is_followed_by_a_full_list_with_a_higher_one():
    async with local_list(A) as (h, station):
        await send(h)
        await h.records.tokens.put(B)
        station.on_send = lambda: station.sends[-1]["updateType"] == "Full" or setattr(station, "version", 20)
        result = await send(h)
        assert result == {
            "status": "Accepted",
            "updateType": "Full",
            "listVersion": 21,
            "entries": 2,
            "messages": 1,
            "insteadOf": {
                "status": "VersionMismatch",
                "updateType": "Differential",
                "listVersion": 2,
                "entries": 0,
                "messages": 1,
            },
        }
        assert station.sends[-1]["localAuthorizationList"] == [entry("A"), entry("B")]


async def test_a_full_list_whose_version_is_refused_gets_a_higher_one():
    async with local_list(A, version=5) as (h, station):
        station.answers = ["VersionMismatch"]
        result = await send(h, updateType="Full")
        assert (result["status"], result["listVersion"], result["insteadOf"]["listVersion"]) == ("Accepted", 6, 1)
        assert station.asked == 1


async def test_it_is_tried_once():
    async with local_list(A) as (h, station):
        station.answers = ["VersionMismatch"] * 9
        result = await send(h)
        assert (result["status"], result["insteadOf"]["status"]) == ("VersionMismatch", "VersionMismatch")
        assert [s["listVersion"] for s in station.sends] == [1, 2]


async def test_a_differential_that_failed_is_followed_by_a_full_list():
    """1.6 5.15: the Central System SHOULD."""
    async with local_list(A) as (h, station):
        await send(h)
        await h.records.tokens.put(B)
        station.answers = ["Failed"]
        result = await send(h, updateType="Differential")
        assert (result["status"], result["updateType"], result["listVersion"]) == ("Accepted", "Full", 3)
        assert result["insteadOf"]["status"] == "Failed"


@pytest.mark.parametrize("status", ["Failed", "NotSupported"])
async def test_a_full_list_that_is_not_taken_is_reported_and_leaves_the_book_as_it_was(status):
    async with local_list(A) as (h, station):
        await send(h)
        await h.records.tokens.drop("A")
        await h.records.tokens.put(B)
        station.answers = [status]
        result = await send(h)
        assert result == {"status": status, "updateType": "Full", "listVersion": 2, "entries": 0, "messages": 1}
        book = await h.records.local_lists.get(ID)
        assert (book.version, book.status, set(book.entries)) == (1, status, {"A"})
        assert len(station.sends) == 2


async def test_a_version_by_name_is_not_replaced():
    async with local_list(A, version=5) as (h, station):
        result = await send(h, updateType="Differential", listVersion=3)
        assert result["status"] == "VersionMismatch"
        assert len(station.sends) == 1


async def test_a_given_differential_is_not_replaced_by_a_list_that_nobody_knows():
    async with local_list(A, version=5) as (h, station):
        station.answers = ["Failed"]
        result = await send(h, updateType="Differential", localAuthorizationList=[entry("X")])
        assert (result["status"], len(station.sends)) == ("Failed", 1)


async def test_an_error_of_the_station_is_quoted():
    async with local_list(A) as (h, station):
        station.session.replies["SendLocalList"] = Reply.error("NotSupported", "no lists")
        with pytest.raises(StationRefused, match="NotSupported: no lists"):
            await send(h)
