import json

import pytest
from ocpp201_local_list_kit import ID, entry, id_token, local_list, removal

from broker.api import Direction, OperationFailed, Reply, StationRefused, Token, Version
from broker.testing import harness
from broker.testing.fakes import START
from plugins.ocpp201.local_auth_list.plugin import LocalAuthList
from plugins.ocpp201.versions import V2

pytestmark = pytest.mark.parametrize("version", V2)

A, B = Token(id="A"), Token(id="B", status="Blocked", type="ISO14443")


def test_the_block_owns_its_actions(version):
    found = {(a.name, a.direction) for a in harness(LocalAuthList).plugins.actions() if a.version == Version(version)}
    assert found == {(name, Direction.TO_STATION) for name in ("GetLocalListVersion", "SendLocalList")}


async def test_the_first_list_is_full_and_has_every_token_with_its_info(version):
    token = Token(
        id="A", type="eMAID", parent="G", language="de", expires=START + 60, evses={ID: [1]}, message="m", priority=1
    )
    async with local_list(version, token, B) as (station, _):
        assert await station.do() == {
            "status": "Accepted", "updateType": "Full", "versionNumber": 1, "entries": 2, "messages": 1,
        }  # fmt: skip
        info = {
            "cacheExpiryDateTime": "2026-01-01T00:01:00Z",
            "groupIdToken": id_token("G"),
            "language1": "de",
            "evseId": [1],
            "chargingPriority": 1,
            "personalMessage": {"format": "UTF8", "language": "de", "content": "m"},
        }
        assert station.sends == [
            {
                "versionNumber": 1,
                "updateType": "Full",
                "localAuthorizationList": [entry("A", kind="eMAID", **info), entry("B", "Blocked", "ISO14443")],
            }
        ]


async def test_what_is_new_changed_or_gone_goes_with_a_differential(version):
    async with local_list(version, A, B, Token(id="C")) as (station, _):
        await station.do()
        tokens = station.h.records.tokens
        await tokens.put(Token(id="A", status="Blocked"))
        await tokens.drop("B")
        await tokens.put(Token(id="D"))
        assert (await station.do())["updateType"] == "Differential"
        assert station.sends[1] == {
            "versionNumber": 2,
            "updateType": "Differential",
            "localAuthorizationList": [removal("B", "ISO14443"), entry("A", "Blocked"), entry("D")],
        }
        assert set(station.entries) == {("a", "Central"), ("c", "Central"), ("d", "Central")}
        assert (await station.do())["note"] == "nothing has changed"


async def test_a_token_of_another_type_is_sent_with_the_whole_list(version):
    async with local_list(version, A) as (station, _):
        await station.do()
        await station.h.records.tokens.put(Token(id="A", type="eMAID"))
        assert (await station.do())["updateType"] == "Full"
        assert set(station.entries) == {("a", "eMAID")}


async def test_a_list_of_no_tokens_is_full_and_empty(version):
    async with local_list(version, A) as (station, _):
        await station.do()
        await station.h.records.tokens.drop("A")
        await station.do()
        assert station.sends[1] == {"versionNumber": 2, "updateType": "Full"}
        assert (await station.book()).entries == {}


async def test_what_is_prepaid_is_in_no_list_unless_it_is_named(version):
    async with local_list(version, A, Token(id="P", credit=5.0)) as (station, _):
        await station.do()
        assert set(station.entries) == {("a", "Central")}
        await station.do(idTokens=["P"], updateType="Differential")
        assert station.entries["p", "Central"]["status"] == "Accepted"


async def test_only_tokens_with_the_statuses_of_the_options_are_in_it(version):
    async with local_list(version, A, B, include=["Accepted"]) as (station, _):
        await station.do()
        assert set(station.entries) == {("a", "Central")}


async def test_named_tokens_are_sent_as_the_type_that_is_given(version):
    async with local_list(version, A, B) as (station, _):
        await station.do(tags=["A/Local", "b"], updateType="Full")
        assert set(station.entries) == {("a", "Local"), ("b", "ISO14443")}


async def test_a_named_token_that_is_not_known_is_an_error_or_removed(version):
    async with local_list(version, A) as (station, _):
        with pytest.raises(OperationFailed, match="1 of the tags"):
            await station.do(idTokens=["A", "X"])
        await station.do(idTokens=["X/KeyCode", "A"], updateType="Differential", force=True)
        assert station.sends[-1]["localAuthorizationList"] == [removal("X", "KeyCode"), entry("A")]


async def test_given_entries_are_sent_as_they_are_with_the_version_given(version):
    given = [entry("X", "Invalid", "KeyCode"), removal("Y")]
    async with local_list(version, A, version=4) as (station, _):
        await station.do(localAuthorizationList=given, updateType="Differential", listVersion=9)
        assert station.sends == [{"versionNumber": 9, "updateType": "Differential", "localAuthorizationList": given}]
        assert station.asked == 0


async def test_a_removal_alone_is_a_differential_with_the_next_version(version):
    async with local_list(version, version=4) as (station, _):
        await station.do(localAuthorizationList=[removal("Y")], updateType="Differential")
        assert (station.sends[0]["versionNumber"], station.asked) == (5, 1)


async def test_a_list_that_was_not_taken_is_sent_whole(version):
    async with local_list(version, A) as (station, _):
        await station.do()
        await station.h.records.tokens.put(B)
        station.answers = ["Failed"]
        told = await station.do()
        assert (told["updateType"], told["insteadOf"]["status"]) == ("Full", "Failed")
        assert len(station.entries) == 2


async def test_a_station_takes_as_many_entries_at_once_as_it_says(version):
    tokens = [Token(id=f"T{number}") for number in range(5)]
    async with local_list(version, *tokens) as (station, _):
        await station.variable("ItemsPerMessage", "2")
        assert (await station.do())["messages"] == 3
        assert [(one["updateType"], one["versionNumber"]) for one in station.sends] == [
            ("Full", 1),
            ("Differential", 2),
            ("Differential", 3),
        ]
        assert len(station.entries) == 5


async def test_a_station_takes_as_many_bytes_at_once_as_it_says(version):
    tokens = [Token(id=f"T{number}") for number in range(5)]
    async with local_list(version, *tokens) as (station, _):
        await station.variable("BytesPerMessage", "400")
        assert (await station.do())["messages"] == 3
        frames = [json.dumps([2, "m" * 36, "SendLocalList", one], separators=(",", ":")) for one in station.sends]
        assert max(map(len, frames)) <= 400
        assert len(station.entries) == 5


@pytest.mark.parametrize("odd", ["0", "-1", "many"])
async def test_limits_that_are_none_count_for_nothing(version, odd):
    async with local_list(version, A, Token(id="C"), per_message=1) as (station, _):
        await station.variable("ItemsPerMessage", odd)
        await station.variable("BytesPerMessage", odd)
        await station.variable("Entries", "0", characteristics={"maxLimit": odd})
        assert (await station.do())["messages"] == 2


async def test_a_list_that_the_station_cannot_hold_is_not_sent(version):
    async with local_list(version, A, B) as (station, _):
        await station.variable("Entries", "0", characteristics={"maxLimit": 1.0})
        with pytest.raises(OperationFailed, match=r"2 entries; its LocalAuthListCtrlr\.Entries maxLimit is 1"):
            await station.do()
        assert station.sends == []


async def test_2_0_1_gets_no_id_that_it_cannot_hold(version):
    long = Token(id="L" * 40)
    async with local_list(version, A, long, Token(id="V", type="VIN")) as (station, _):
        await station.do()
        assert len(station.entries) == (1 if version == "ocpp2.0.1" else 3)


async def test_the_version_is_the_stations_word(version):
    async with local_list(version, version=7) as (station, _):
        assert await station.h.operate(version, "local-list-version") == {"versionNumber": 7}
        assert (await station.book()).version == 7
        station.session.replies["GetLocalListVersion"] = Reply.error("NotSupported")
        with pytest.raises(StationRefused):
            await station.h.operate(version, "local-list-version")


async def test_what_others_send_is_known_too(version):
    async with local_list(version) as (station, _):
        payload = {"versionNumber": 3, "updateType": "Full", "localAuthorizationList": [entry("X", kind="eMAID")]}
        reply = Reply.result({"status": "Accepted"})
        await station.h.reply(version, "SendLocalList", payload, reply, direction=Direction.TO_STATION)
        book = await station.book()
        assert (book.version, book.entries) == (3, {"X": {"status": "Accepted", "type": "eMAID"}})


@pytest.mark.parametrize("odd", [None, 5, "x", [], [5], {"idToken": 5}])
async def test_entries_that_cannot_be_read_are_passed_over(version, odd):
    async with local_list(version) as (station, _):
        update = [{"idToken": odd}, odd, {"idToken": id_token("X"), "idTokenInfo": odd}, entry("Y")]
        payload = {"versionNumber": 3, "updateType": "Full", "localAuthorizationList": update}
        reply = Reply.result({"status": "Accepted"})
        await station.h.reply(version, "SendLocalList", payload, reply, direction=Direction.TO_STATION)
        assert "Y" in (await station.book()).entries


# --- what is to be known no longer ------------------------------------------------------------------------------------


async def test_a_forgotten_id_token_is_removed_from_the_list(version):
    async with local_list(version, A, B) as (station, forget):
        await station.do()
        await forget(station.session, id_token("b", "ISO14443"))
        assert station.sends[1] == {
            "versionNumber": 2,
            "updateType": "Differential",
            "localAuthorizationList": [removal("B", "ISO14443")],
        }
        assert list((await station.book()).entries) == ["A"]
        assert station.asked == 1


async def test_one_that_is_not_in_the_list_is_not_removed(version):
    async with local_list(version, A) as (station, forget):
        await station.do()
        await forget(station.session, id_token("X"))
        assert len(station.sends) == 1


@pytest.mark.parametrize(("there", "sent"), [(0, 0), (7, 1)])
async def test_a_list_that_nobody_knows_is_asked_for_first(version, there, sent):
    async with local_list(version, version=there) as (station, forget):
        await forget(station.session, id_token("X", "eMAID"))
        assert station.asked == 1
        assert [one["localAuthorizationList"] for one in station.sends] == [[removal("X", "eMAID")]] * sent
        assert [one["versionNumber"] for one in station.sends] == [8] * sent


async def test_a_station_that_does_not_take_the_removal_gets_the_rest_of_the_list(version):
    async with local_list(version, A, B) as (station, forget):
        await station.do()
        station.answers = ["Failed"]
        await forget(station.session, id_token("B"))
        assert (station.sends[2]["updateType"], list(station.entries)) == ("Full", [("a", "Central")])


async def test_a_station_that_keeps_it_is_told_of(version):
    async with local_list(version, version=7) as (station, forget):
        station.answers = ["Failed"]
        with pytest.raises(OperationFailed, match="Failed"):
            await forget(station.session, id_token("X"))


@pytest.mark.parametrize("odd", [{}, {"idToken": ""}, {"idToken": 5}])
async def test_nothing_is_removed_for_what_is_no_id_token(version, odd):
    async with local_list(version, version=7) as (station, forget):
        await forget(station.session, odd)
        assert station.sends == []
