"""D, local authorization lists: sent whole, changed, emptied, asked for; and who is in them charges (C, N)."""

import pytest
from cases201 import case201
from lab2_kit import (
    BLOCKED,
    CENTRAL,
    EXPIRED,
    GROUP,
    ISO15693,
    KEY_CODE,
    LOCAL,
    MAC,
    MASTER_GROUP,
    MASTER_PASS,
    UNKNOWN,
    VALID,
    VALID_2,
    id_token,
)
from later_kit import comes
from scripted_station_kit import now
from story2_kit import Charge, booted

from broker.records import Token

ACCEPTED = {"status": "Accepted"}
IN_GROUP = {**ACCEPTED, "groupIdToken": GROUP}
HELD = 5
"""The version of the list that the station has from elsewhere."""


def entry(token, info):
    """AuthorizationData."""
    return {"idToken": token, "idTokenInfo": info}


def by_central(token):
    """A token that the CSMS knows without a type."""
    return {**token, "type": "Central"}


ALL = [
    entry(VALID, IN_GROUP),
    entry(VALID_2, IN_GROUP),
    *(entry(one, ACCEPTED) for one in (ISO15693, KEY_CODE, MAC, LOCAL, CENTRAL)),
    entry(by_central(MASTER_PASS), {**ACCEPTED, "groupIdToken": MASTER_GROUP}),
    entry(by_central(BLOCKED), {"status": "Blocked"}),
    entry(by_central(EXPIRED), {"status": "Expired", "cacheExpiryDateTime": "2020-01-01T00:00:00Z"}),
]


NAMES = {one["idToken"]["idToken"] for one in ALL}


def ordered(entries):
    """By their idTokens."""
    return sorted(entries, key=lambda one: one["idToken"]["idToken"])


async def sent(lab, station, *, answer="Accepted", before=None, **params):
    """SendLocalList as the operator asks for it; `before`: the version that the station tells first."""
    if before is not None:
        station.expect("GetLocalListVersion", {"versionNumber": before})
    asked = station.expect("SendLocalList", {"status": answer})
    told = await lab.do("send-local-list", **params)
    payload = await asked
    assert payload["versionNumber"] > 0
    assert (told["status"], told["updateType"], told["versionNumber"]) == (
        answer,
        payload["updateType"],
        payload["versionNumber"],
    )
    return payload


async def book(lab):
    """Version of the list, and what the broker knows to be in it."""
    kept = await lab.records.local_lists.get(lab.identity)
    return kept.version, {one: info["status"] for one, info in kept.entries.items()}


@case201("D_01", "updateType Full, versionNumber > 0, of all tokens, each with its idTokenInfo; in the book")
async def test_tc_d_01_send_full(lab):
    async with lab.alone() as lab, lab.station() as station:
        await booted(station)
        asked = station.expect("GetLocalListVersion", {"versionNumber": 0})
        assert await lab.do("local-list-version") == {"versionNumber": 0}
        assert await asked == {}
        payload = await sent(lab, station, updateType="Full")
        version, entries = payload["versionNumber"], payload.pop("localAuthorizationList")
        assert payload == {"versionNumber": version, "updateType": "Full"}
        assert ordered(one for one in entries if one["idToken"]["idToken"] in NAMES) == ordered(ALL)
        assert ordered(entries) == ordered({one["idToken"]["idToken"]: one for one in entries}.values()), "each once"
        statuses = {one["idToken"]["idToken"]: one["idTokenInfo"]["status"] for one in entries}
        assert await book(lab) == (version, statuses)


@case201("D_02", "updateType Differential, versionNumber above the station's, the entry that is new; in the book")
async def test_tc_d_02_send_differential_update(lab):
    async with lab.station() as station:
        await booted(station)
        payload = await sent(lab, station, before=HELD, updateType="Differential", idTokens=[ISO15693])
        assert payload == {
            "versionNumber": HELD + 1,
            "updateType": "Differential",
            "localAuthorizationList": [entry(ISO15693, ACCEPTED)],
        }
        assert await book(lab) == (HELD + 1, {}), "nobody knows what else is in it"
        assert (await sent(lab, station, updateType="Full", idTokens=[ISO15693]))["versionNumber"] == HELD + 2
        payload = await sent(lab, station, before=HELD + 2, updateType="Differential", idTokens=[VALID, ISO15693])
        assert payload == {
            "versionNumber": HELD + 3,
            "updateType": "Differential",
            "localAuthorizationList": [entry(VALID, IN_GROUP)],
        }
        both = {ISO15693["idToken"]: "Accepted", VALID["idToken"]: "Accepted"}
        assert await book(lab) == (HELD + 3, both)


GONE = id_token("TAG-GOES", "Local")
NOTHING_ELSE = {
    "status": "Accepted", "expires": None, "parent": None, "parent_type": None, "note": "", "language": None,
    "updated_at": 0.0, "source": "api",
}  # fmt: skip


async def by_the_token(lab, station):
    """It is known no longer."""
    await lab.records.tokens.drop(GONE["idToken"])
    return await sent(lab, station, before=1, updateType="Differential")


async def by_the_entry(lab, station):
    """The operator has composed it."""
    entries = [{"idToken": GONE}]
    return await sent(lab, station, before=1, updateType="Differential", localAuthorizationList=entries)


@pytest.mark.parametrize("button", [by_the_token, by_the_entry])
@case201("D_03", "updateType Differential, versionNumber above the station's; the idToken, without idTokenInfo")
async def test_tc_d_03_send_differential_remove(lab, button):
    async with lab.alone() as lab, lab.station() as station:
        await booted(station)
        await lab.records.tokens.put(Token(id=GONE["idToken"], type=GONE["type"], **NOTHING_ELSE))
        whole = await sent(lab, station, updateType="Full")
        assert entry(GONE, ACCEPTED) in whole["localAuthorizationList"]
        payload = await button(lab, station)
        assert payload == {
            "versionNumber": 2,
            "updateType": "Differential",
            "localAuthorizationList": [{"idToken": GONE}],
        }
        version, statuses = await book(lab)
        names = {one["idToken"]["idToken"] for one in whole["localAuthorizationList"]}
        assert (version, set(statuses)) == (2, names - {GONE["idToken"]})


@case201("D_04", "updateType Full, without localAuthorizationList; the book has an empty list")
async def test_tc_d_04_send_full_and_empty(lab):
    async with lab.station() as station:
        await booted(station)
        await sent(lab, station, updateType="Full", idTokens=[VALID])
        payload = await sent(lab, station, updateType="Full", localAuthorizationList=[])
        assert payload == {"versionNumber": 2, "updateType": "Full"}
        assert await book(lab) == (2, {})


async def version_told(lab, version):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetLocalListVersion", {"versionNumber": version})
        assert await lab.do("local-list-version") == {"versionNumber": version}
        assert await asked == {}
        assert await book(lab) == (version, {})


@case201("D_08", "GetLocalListVersion; its version told to the operator, and in the book")
async def test_tc_d_08_get_version(lab):
    await version_told(lab, HELD)


@case201("D_09", "GetLocalListVersion; the operator is told 0, and the book has it")
async def test_tc_d_09_get_version_no_list(lab):
    await version_told(lab, 0)


async def listed(lab, station, *entries):
    """The station has this list."""
    payload = await sent(lab, station, updateType="Full", localAuthorizationList=list(entries))
    assert payload["localAuthorizationList"] == list(entries)


@case201("C_40", "TransactionEvent of an idToken in the list: Accepted with its groupIdToken, for who stops it too")
async def test_tc_c_40_group_id_with_local_list(lab):
    async with lab.station() as station:
        await booted(station)
        await listed(lab, station, entry(VALID, IN_GROUP), entry(VALID_2, IN_GROUP))
        charge = Charge(lab, station)
        await charge.ev_connected()
        assert (await charge.authorized(authorize=False))["idTokenInfo"] == IN_GROUP
        await charge.energy_started()
        assert (await charge.runs()).parent == GROUP["idToken"]
        assert (await charge.stop_authorized(VALID_2))["idTokenInfo"] == IN_GROUP
        await charge.ev_disconnected()
        kept = await charge.is_over("EVDisconnected")
        assert (kept.token, kept.stop_token) == (VALID["idToken"], VALID_2["idToken"])


@case201("C_43", "Id A in the list, id B Invalid there: A, then B by Authorize and StopAuthorized: Accepted, one group")
async def test_tc_c_43_group_id_invalid_in_local_list(lab):
    async with lab.station() as station:
        await booted(station)
        await listed(lab, station, entry(VALID, IN_GROUP), entry(VALID_2, {"status": "Invalid", "groupIdToken": GROUP}))
        charge = Charge(lab, station)
        await charge.ev_connected()
        assert (await charge.authorized(authorize=False))["idTokenInfo"] == IN_GROUP
        await charge.energy_started()
        assert await station.authorizes(VALID_2) == IN_GROUP
        assert (await charge.stop_authorized(VALID_2))["idTokenInfo"] == IN_GROUP
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")


@case201(
    "N_46",
    "CustomerInformation: report and clear true, idToken as configured; then, by the CSMS itself, SendLocalList: "
    "Differential, the next versionNumber, that idToken without idTokenInfo; gone from the book",
)
async def test_tc_n_46_clear_customer_updates_local_list(lab):
    async def tells(payload):
        await station.tells(
            "NotifyCustomerInformation", data="a customer", seqNo=0, generatedAt=now(), requestId=payload["requestId"]
        )

    async with lab.station() as station:
        await booted(station)
        await listed(lab, station, entry(VALID, IN_GROUP), entry(UNKNOWN, ACCEPTED))
        said = station.answers("CustomerInformation", ACCEPTED, tells)
        updated = station.expect("SendLocalList", ACCEPTED)
        told = await lab.do("customer-information", report=True, clear=True, idToken=UNKNOWN)
        payload = await said
        assert payload.pop("requestId") == told["requestId"]
        assert payload == {"report": True, "clear": True, "idToken": UNKNOWN}
        assert (told["status"], told["complete"], told["data"]) == ("Accepted", True, "a customer")
        assert await updated == {
            "versionNumber": 2,
            "updateType": "Differential",
            "localAuthorizationList": [{"idToken": UNKNOWN}],
        }
        await comes(lambda: book(lab), (2, {VALID["idToken"]: "Accepted"}))
