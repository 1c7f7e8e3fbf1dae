"""Security: passwords and security profiles, and how a station changes over to new ones."""

import pytest
from cases16 import case
from lab_kit import IDENTITY, KEY
from story_kit import booted, configured

OPERATIONS = {"by itself": {}, "configured": {"key": "30313233343536373839414243444546"}}


def forms(key):
    """How a station may send its key (field-notes Q-08): the hex text as it was given, or the bytes of it."""
    return {"text": key, "bytes": bytes.fromhex(key)}


async def status_of(lab, **terms):
    response = await lab.knocks(**terms)
    return response.status_code


async def given_a_new_key(lab, answer="Accepted", **params):
    """The station is given a new AuthorizationKey; it is in ChangeConfiguration and nowhere else."""
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("ChangeConfiguration", {"status": answer})
        told = await lab.do("set-authorization-key", **params)
        assert told["status"] == answer
        payload = await asked
        assert payload["key"] == "AuthorizationKey"
        key = payload["value"]
        assert 16 <= len(bytes.fromhex(key)) <= 20
        assert len(key) <= 40
        assert key not in str(told)
        assert key not in str(await configured(lab))
    return key


@pytest.mark.parametrize("first", ["text", "bytes"])
@pytest.mark.parametrize("params", OPERATIONS.values(), ids=OPERATIONS)
@case(
    "073",
    "AuthorizationKey; the new key accepted as hex text and as bytes, the old one until then, never after",
    over=(1, 2),
)
async def test_tc_073_update_authorization_key(lab, first, params):
    key = await given_a_new_key(lab, **params)
    assert key != KEY
    assert params.get("key", key) == key
    assert await status_of(lab) == 101, "the station may not have stored it yet"
    async with lab.station(password=forms(key)[first]) as station:
        await booted(station)
    for form in forms(key).values():
        assert await status_of(lab, password=form) == 101
    for form in forms(KEY).values():
        response = await lab.knocks(password=form)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic")
    await lab.restart()
    assert await status_of(lab, password=KEY) == 401
    async with lab.station(password=forms(key)[first]) as station:
        await station.status("Available")
    # What the station has rejected counts for nobody.
    refused = await rejected_key(lab, key)
    for form in forms(refused).values():
        assert await status_of(lab, password=form) == 401
    assert await status_of(lab, password=key) == 101


async def rejected_key(lab, key):
    async with lab.station(password=key) as station:
        asked = station.expect("ChangeConfiguration", {"status": "Rejected"})
        assert (await lab.do("set-authorization-key"))["status"] == "Rejected"
        return (await asked)["value"]


@case(
    "083",
    "SecurityProfile n+1, Reset Hard; n+1 accepted, n refused by TLS or before the upgrade, n+1 again",
    over=(1, 2),
)
async def test_tc_083_upgrade_security_profile(lab):
    lower, higher = lab.transport, lab.transport + 1
    async with lab.station() as station:
        await booted(station)
        assert (await lab.knocks(higher)).status_code in (401, 403), "not before it was told to"
        changed = station.expect("ChangeConfiguration", {"status": "Accepted"})
        reset = station.expect("Reset", {"status": "Accepted"})
        told = await lab.do("upgrade-security-profile")
        assert await changed == {"key": "SecurityProfile", "value": str(higher)}
        assert await reset == {"type": "Hard"}
        assert told["status"] == "Accepted"
    async with lab.station(transport=higher) as station:
        await booted(station)
        assert lab.broker.sessions.get(IDENTITY).security_profile == higher
    assert await turned_away(lab, lower)
    async with lab.station(transport=higher) as station:
        await booted(station)
    assert await turned_away(lab, lower)
    await lab.restart()
    assert await turned_away(lab, lower), "for ever, not until the next start"
    async with lab.station(transport=higher) as station:
        await booted(station)


async def turned_away(lab, transport):
    """No WebSocket, which is a refusal of TLS or an error of HTTP."""
    response = await lab.knocks(transport)
    return response is None or 400 <= response.status_code < 500


@case(
    "085",
    "Basic authentication with the key as hex text and as bytes accepted, anything else refused; boot and status",
    over=(1, 2),
)
async def test_tc_085_basic_authentication(lab):
    for form in forms(KEY).values():
        async with lab.station(password=form) as station:
            await booted(station)
            session = lab.broker.sessions.get(IDENTITY)
            assert (session.identity, session.security_profile) == (IDENTITY, lab.transport)
    for wrong in ("", KEY[:-2], KEY.encode()[::-1], b"\x00" * 16):
        response = await lab.knocks(password=wrong)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic")
