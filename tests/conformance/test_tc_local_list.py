"""Local Authorization List Management: what a station may hold, and what the CSMS makes of it."""

from cases16 import case
from lab_kit import BLOCKED, EXPIRED, IDENTITY, PARENT, UNKNOWN, VALID, VALID_2
from story_kit import booted

from broker.records import Token


async def version_told(lab, answer):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetLocalListVersion", {"listVersion": answer})
        told = await lab.do("local-list-version")
        assert await asked == {}
        kept = await lab.records.local_lists.get(IDENTITY)
        assert (kept.version, kept.entries) == (answer, {})
    return told


@case("042_1", "The operator is told -1; in the book")
async def test_tc_042_1_get_local_list_version_not_supported(lab):
    assert await version_told(lab, -1) == {"listVersion": -1}


@case("042_2", "The operator is told 0; in the book")
async def test_tc_042_2_get_local_list_version_empty(lab):
    assert await version_told(lab, 0) == {"listVersion": 0}


def complete(payload, update_type):
    """The entries of a SendLocalList, each of which says what is with its idTag."""
    assert set(payload) == {"listVersion", "updateType", "localAuthorizationList"}
    assert payload["updateType"] == update_type
    assert payload["listVersion"] > 0
    entries = payload["localAuthorizationList"]
    assert [entry for entry in entries if "status" not in entry.get("idTagInfo", {})] == []
    told = {entry["idTag"]: entry["idTagInfo"] for entry in entries}
    assert len(told) == len(entries), "each idTag once"
    return told


async def not_taken(lab, status):
    """A Full list that the station does not take; what the book says of the list then."""
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SendLocalList", {"status": status})
        told = await lab.do("send-local-list", updateType="Full")
        assert told["status"] == status
        complete(await asked, "Full")
        return await lab.records.local_lists.get(IDENTITY)


@case("043_1", "updateType Full; the operator is told NotSupported; the book has no list")
async def test_tc_043_1_send_local_list_not_supported(lab):
    kept = await not_taken(lab, "NotSupported")
    assert (kept.status, kept.entries) == ("NotSupported", {})


@case("043_3", "updateType Full; the operator is told Failed; the book has no list")
async def test_tc_043_3_send_local_list_failed(lab):
    kept = await not_taken(lab, "Failed")
    assert (kept.status, kept.entries) == ("Failed", {})


FULL = {
    VALID: ("Accepted", PARENT),
    VALID_2: ("Accepted", PARENT),
    BLOCKED: ("Blocked", None),
    EXPIRED: ("Expired", None),
}


def judged(entries):
    return {tag: (info["status"], info.get("parentIdTag")) for tag, info in entries.items()}


@case("043_4", "updateType Full, of all tokens; every entry has its idTagInfo; list and version in the book")
async def test_tc_043_4_send_local_list_full(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SendLocalList", {"status": "Accepted"})
        told = await lab.do("send-local-list", updateType="Full")
        payload = await asked
        entries = complete(payload, "Full")
        assert judged(entries) == FULL
        assert (told["status"], told["listVersion"]) == ("Accepted", payload["listVersion"])
        kept = await lab.records.local_lists.get(IDENTITY)
        assert (kept.version, kept.status) == (payload["listVersion"], "Accepted")
        assert judged(kept.entries) == FULL


@case("043_5", "updateType Differential, of what has changed; every entry has its idTagInfo, a gone one's is Invalid")
async def test_tc_043_5_send_local_list_differential(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SendLocalList", {"status": "Accepted"})
        await lab.records.tokens.put(token("TAG-GOES"))
        await lab.do("send-local-list", updateType="Full")
        version = (await asked)["listVersion"]
        await lab.records.tokens.put(token("TAG-NEW"))
        await lab.records.tokens.drop("TAG-GOES")
        station.expect("GetLocalListVersion", {"listVersion": version}, optional=True)
        asked = station.expect("SendLocalList", {"status": "Accepted"})
        told = await lab.do("send-local-list", updateType="Differential")
        payload = await asked
        entries = complete(payload, "Differential")
        assert payload["listVersion"] > version
        assert judged(entries) == {"TAG-NEW": ("Accepted", None), "TAG-GOES": ("Invalid", None)}
        assert (told["status"], told["listVersion"]) == ("Accepted", payload["listVersion"])
        kept = await lab.records.local_lists.get(IDENTITY)
        assert kept.version == payload["listVersion"]
        assert judged(kept.entries) == FULL | judged(entries)
        assert (await station.authorizes("TAG-NEW"))["status"] == "Accepted"
        assert (await station.authorizes(UNKNOWN))["status"] == "Invalid"


def token(tag):
    return Token(
        id=tag, type="", status="Accepted", expires=None, parent=None, parent_type=None, note="", language=None,
        updated_at=0.0, source="api",
    )  # fmt: skip
