"""Security: passwords and security profiles, and how a station changes over to new ones."""

import pytest
from cases16 import case
from lab_kit import IDENTITY, KEY
from story_kit import booted, configured

from broker.server.credentials import hash_password

HEX, PLAIN = "30313233343536373839414243444546", "a-plain-key-of-it"


def forms(key):
    """How a station may send its key (field-notes Q-08): the hex text as it was given, or the bytes of it.

    The test tool takes 32 to 40 characters for hex, and 16 to 20 for the key itself.
    """
    return {"text": key} if len(key) <= 20 else {"text": key, "bytes": bytes.fromhex(key)}


async def status_of(lab, **terms):
    response = await lab.knocks(**terms)
    return response.status_code


async def by_itself(lab):
    return await lab.do("set-authorization-key")


async def configured_hex(lab):
    return await lab.do("set-authorization-key", key=HEX)


async def configured_plain(lab):
    return await lab.do("set-authorization-key", key=PLAIN)


async def by_call(lab):
    return await lab.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": HEX})


async def given_a_new_key(lab, ask, answer="Accepted", **terms):
    """The station is given a new AuthorizationKey; it is in ChangeConfiguration and nowhere else."""
    async with lab.station(**terms) as station:
        await booted(station)
        asked = station.expect("ChangeConfiguration", {"status": answer})
        told = await ask(lab)
        assert told["status"] == answer
        payload = await asked
        assert payload["key"] == "AuthorizationKey"
        key = payload["value"]
        assert 16 <= len(forms(key).get("bytes", key)) <= 20
        assert key not in str(told)
        assert key not in str(await configured(lab))
    return key


@pytest.mark.parametrize(
    ("ask", "first"),
    [
        (by_itself, "text"), (by_itself, "bytes"), (configured_hex, "bytes"), (configured_plain, "text"),
        (by_call, "text"), (by_call, "bytes"),
    ],
)  # fmt: skip
@case(
    "073",
    "AuthorizationKey; the new key accepted as hex text and as bytes, the old one until then, never after",
    over=(1, 2),
)
async def test_tc_073_update_authorization_key(lab, ask, first):
    key = await given_a_new_key(lab, ask)
    assert key == {configured_hex: HEX, by_call: HEX, configured_plain: PLAIN}.get(ask, key)
    assert key != KEY
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
    refused = await given_a_new_key(lab, by_itself, "Rejected", password=key)
    for form in forms(refused).values():
        assert await status_of(lab, password=form) == 401
    assert await status_of(lab, password=key) == 101


async def by_operation(lab, profile):
    """The operator says no profile: the next one it is."""
    return (await lab.do("upgrade-security-profile"))["status"]


async def by_calls(lab, profile):
    """As a lab presses its buttons."""
    change = {"key": "SecurityProfile", "value": str(profile)}
    status = (await lab.call("ChangeConfiguration", change))["status"]
    if status == "Accepted":
        assert await lab.call("Reset", {"type": "Hard"}) == {"status": "Accepted"}
    return status


@pytest.mark.parametrize("upgrade", [by_operation, by_calls])
@case(
    "083",
    "SecurityProfile n+1, Reset Hard; n+1 accepted, n refused by TLS or before the upgrade, n+1 again; after a restart "
    "too; where the station has rejected it, all stays as it was",
    over=(1, 2),
)
async def test_tc_083_upgrade_security_profile(lab, upgrade):
    lower, higher = lab.transport, lab.transport + 1
    async with lab.station() as station:
        await booted(station)
        changed = station.expect("ChangeConfiguration", {"status": "Rejected"})
        assert await upgrade(lab, higher) == "Rejected"
        assert await changed == {"key": "SecurityProfile", "value": str(higher)}
    assert await turned_away(lab, higher), "not before the station has agreed"
    async with lab.station() as station:
        await booted(station)
        changed = station.expect("ChangeConfiguration", {"status": "Accepted"})
        reset = station.expect("Reset", {"status": "Accepted"})
        assert await upgrade(lab, higher) == "Accepted"
        assert await changed == {"key": "SecurityProfile", "value": str(higher)}
        assert await reset == {"type": "Hard"}
    for restarted in (False, True):
        if restarted:
            await lab.restart()
            assert await turned_away(lab, lower), "for ever, not until the next start"
        for _ in range(2):
            async with lab.station(transport=higher) as station:
                await booted(station)
                assert lab.broker.sessions.get(IDENTITY).security_profile == higher
            assert await turned_away(lab, lower)


async def turned_away(lab, transport):
    """No WebSocket, which is a refusal of TLS or an error of HTTP."""
    response = await lab.knocks(transport)
    return response is None or 400 <= response.status_code < 500


REGISTERED = {
    "text": KEY,
    "hex": f"hex:{KEY}",
    "digest of the text": hash_password(KEY),
    "digest of the bytes": hash_password(f"hex:{KEY}"),
}


@pytest.mark.parametrize("registered", REGISTERED.values(), ids=REGISTERED)
@case(
    "085",
    "Basic authentication with the key as hex text and as bytes accepted, however it is registered, anything else "
    "refused; boot and status",
    over=(1, 2),
)
async def test_tc_085_basic_authentication(lab, registered):
    lab.registered["password"] = registered
    await lab.restart()
    for form in forms(KEY).values():
        async with lab.station(password=form) as station:
            await booted(station)
            session = lab.broker.sessions.get(IDENTITY)
            assert (session.identity, session.security_profile) == (IDENTITY, lab.transport)
    for wrong in ("", KEY[:-2], KEY.encode()[::-1], b"\x00" * 16):
        response = await lab.knocks(password=wrong)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic")
