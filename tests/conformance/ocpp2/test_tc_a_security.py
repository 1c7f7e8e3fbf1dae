"""A, security: passwords, TLS, and how a station changes over to a new password or security profile."""

import ssl

import pytest
from cases201 import case201
from device_kit import network_profile, set_with
from lab2_kit import KEY
from story2_kit import booted, variable
from tls_kit import at_most, keeps_the_rules_of_tls, shaken, wrong_pairs


@case201("A_01", "Basic authentication with the identity and its password; Boot Accepted", over=(1, 2))
async def test_tc_a_01_valid_username_and_password(lab):
    async with lab.station() as station:
        told = await booted(station)
        assert set(told) == {"status", "interval", "currentTime"}
        assert lab.session.security_profile == lab.transport


async def is_turned_away(lab, **terms):
    """By HTTP, before the upgrade."""
    response = await lab.knocks(**terms)
    assert response.status_code in (401, 404)
    assert "Upgrade" not in response.headers
    assert "Sec-WebSocket-Accept" not in response.headers
    if response.status_code == 401:
        assert response.headers["WWW-Authenticate"].startswith("Basic")


@case201("A_02", "Another username than the identity, known or not, and an identity of nobody: refused", over=(1, 2))
async def test_tc_a_02_username_is_not_the_identity(lab):
    for user in ("NOBODY", lab.identity.lower(), lab.identity + "1", ""):
        await is_turned_away(lab, user=user)
    mine, lab.identity = lab.identity, "NOBODY"
    await is_turned_away(lab)
    lab.identity = mine
    assert (await lab.knocks()).status_code == 101


@case201("A_03", "A wrong password, a part of it, none: refused by 401", over=(1, 2))
async def test_tc_a_03_invalid_password(lab):
    for wrong in ("", KEY[:-1], KEY + "x", KEY.upper(), b"\x00" * 16):
        await is_turned_away(lab, password=wrong)
    assert (await lab.knocks()).status_code == 101


async def by_itself(lab):
    """The CSMS makes the password; nobody is shown it."""
    return (await lab.do("set-password"))["status"]


async def by_call(lab):
    """As a lab presses its button."""
    item = {
        "attributeValue": "another-password-of-it",
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
    }
    told = await lab.call("SetVariables", {"setVariableData": [item]})
    return told["setVariableResult"][0]["attributeStatus"]


async def given_a_password(lab, station, ask, status):
    """A new BasicAuthPassword in SetVariables, and nowhere else."""
    asked = station.expect("SetVariables", set_with(status))
    assert await ask(lab) == status
    [item] = (await asked)["setVariableData"]
    password = item.pop("attributeValue")
    assert item == {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    assert 16 <= len(password) <= 40
    assert await variable(lab, "SecurityCtrlr", "BasicAuthPassword") is None
    return password


@pytest.mark.parametrize("ask", [by_itself, by_call])
@case201(
    "A_09",
    "SetVariables SecurityCtrlr.BasicAuthPassword, 16 to 40 characters; then the new password alone",
    over=(1, 2),
)
async def test_tc_a_09_update_the_password(lab, ask):
    async with lab.station() as station:
        await booted(station)
        password = await given_a_password(lab, station, ask, "Accepted")
        assert password != KEY
    async with lab.station(password=password) as station:
        await booted(station)
    await is_turned_away(lab, password=KEY)
    assert (await lab.knocks(password=password)).status_code == 101


@pytest.mark.parametrize("ask", [by_itself, by_call])
@case201("A_10", "A BasicAuthPassword that the station rejects counts for nobody; the old one stays", over=(1, 2))
async def test_tc_a_10_update_the_password_rejected(lab, ask):
    async with lab.station() as station:
        await booted(station)
        refused = await given_a_password(lab, station, ask, "Rejected")
    await is_turned_away(lab, password=refused)
    async with lab.station() as station:
        await booted(station)


@case201(
    "A_04",
    "All four cipher suites with an RSA and an ECDSA certificate; CN the FQDN, serial number, key sizes, PEM, no "
    "compression; boot and status",
    over=(2,),
)
async def test_tc_a_04_tls_server_certificate(lab):
    await keeps_the_rules_of_tls(lab)
    for issued in lab.pki.servers:
        assert issued.certificate.read_text().startswith("-----BEGIN CERTIFICATE-----")
    async with lab.station() as station:
        await booted(station)
        assert lab.session.security_profile == 2


@case201("A_06", "TLS 1.0 and 1.1 end in the handshake; TLS 1.2 and 1.3 come in and boot", over=(2,))
async def test_tc_a_06_tls_version_too_low(lab):
    await refuses_old_tls(lab)
    async with lab.station() as station:
        await booted(station)


async def refuses_old_tls(lab):
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError):
            await shaken(lab, at_most, version)
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        assert (await shaken(lab, at_most, version)).version == name, "it is the version alone that was refused"


@case201("A_07", "A valid client certificate enters, a password alone does not; TLS as in A_04", over=(3,))
async def test_tc_a_07_tls_client_certificate(lab):
    await keeps_the_rules_of_tls(lab)
    async with lab.station() as station:
        await booted(station)
        assert lab.session.security_profile == 3
    response = await lab.knocks(2)
    assert response is None or response.status_code in (401, 403)


@case201(
    "A_08",
    "A client certificate of another CA, of another station, expired: ended; a valid one enters after it",
    over=(3,),
)
async def test_tc_a_08_invalid_client_certificate(lab):
    for name, pair in wrong_pairs(lab).items():
        response = await lab.knocks(pair=pair)
        assert response is None or response.status_code in (401, 403), name
    async with lab.station() as station:
        await booted(station)


# --- upgrade of the security profile ----------------------------------------------------------------------------------


async def upgraded_by_operation(lab, profile):
    """The operator gives what the test tool is configured with, and no profile: it is the next one."""
    data = network_profile(lab, profile)
    told = await lab.do(
        "upgrade-security-profile", configurationSlot=2, priority="2,1", ocppCsmsUrl=data["ocppCsmsUrl"]
    )
    return told["status"], told["reset"]


async def upgraded_by_calls(lab, profile):
    """As a lab presses its buttons, one after the other."""
    filled = {"configurationSlot": 2, "connectionData": network_profile(lab, profile)}
    assert await lab.call("SetNetworkProfile", filled) == {"status": "Accepted"}
    [told] = (await lab.call("SetVariables", {"setVariableData": [priority("2,1")]}))["setVariableResult"]
    return told["attributeStatus"], (await lab.call("Reset", {"type": "OnIdle"}))["status"]


def priority(slots):
    """NetworkConfigurationPriority as SetVariables has it."""
    place = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
    return {"attributeValue": slots, **place}


@pytest.mark.parametrize("upgrade", [upgraded_by_operation, upgraded_by_calls])
@case201(
    "A_19",
    "SetNetworkProfile with profile n+1, NetworkConfigurationPriority, Reset, field by field; n+1 enters, n is refused "
    "from then on, after a restart too",
    over=(1, 2),
)
async def test_tc_a_19_upgrade_the_security_profile(lab, upgrade):
    async with lab.alone() as alone:
        lower, higher = alone.transport, alone.transport + 1
        async with alone.station() as station:
            await booted(station)
            filled = station.expect("SetNetworkProfile", {"status": "Accepted"})
            chosen = station.expect("SetVariables", set_with("RebootRequired"))
            reset = station.expect("Reset", {"status": "Accepted"})
            assert await upgrade(alone, higher) == ("RebootRequired", "Accepted")
            assert await filled == {"configurationSlot": 2, "connectionData": network_profile(alone, higher)}
            assert await chosen == {"setVariableData": [priority("2,1")]}
            assert await reset == {"type": "OnIdle"}
        for restarted in (False, True):
            if restarted:
                await alone.restart()
            async with alone.station(transport=higher) as station:
                await booted(station, reason="RemoteReset")
                assert alone.session.security_profile == higher
            response = await alone.knocks(lower)
            assert response is None or 400 <= response.status_code < 500
