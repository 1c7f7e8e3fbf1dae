"""What an upstream may command: by list, by grant, and whatever the spelling."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, Schemas, Version
from broker.ocpp.actions import TO_STATION
from broker.session.grants.adoption import Setting, normalised
from broker.session.grants.commands import Commands, kind_of

V16, V201, V21 = Version
EVERYTHING = {"network", "certificates", "firmware", "logs"}
SCHEMAS = Schemas()

KEYS_16 = """AllowOfflineTxForUnknownId AuthorizationCacheEnabled AuthorizeRemoteTxRequests BlinkRepeat
 ClockAlignedDataInterval ConnectionTimeOut ConnectorPhaseRotation GetConfigurationMaxKeys HeartbeatInterval
 LightIntensity LocalAuthorizeOffline LocalPreAuthorize MaxEnergyOnInvalidId MeterValuesAlignedData
 MeterValuesSampledData MeterValueSampleInterval MinimumStatusDuration NumberOfConnectors ResetRetries
 StopTransactionOnEVSideDisconnect StopTransactionOnInvalidId StopTxnAlignedData StopTxnSampledData
 SupportedFeatureProfiles TransactionMessageAttempts TransactionMessageRetryInterval UnlockConnectorOnEVSideDisconnect
 WebSocketPingInterval LocalAuthListEnabled LocalAuthListMaxLength SendLocalListMaxLength
 ReserveConnectorZeroSupported ChargeProfileMaxStackLevel ChargingScheduleAllowedChargingRateUnit
 ChargingScheduleMaxPeriods ConnectorSwitch3to1PhaseSupported MaxChargingProfilesInstalled
 SupportedFileTransferProtocols ISO15118PnCEnabled ContractValidationOffline CertSigningWaitMinimum
 CertSigningRepeatTimes MaxHourlyEnergy FreeVendEnabled SecurityEventsEnabled"""
VARIABLES = """AlignedDataCtrlr.Interval
 AuthCtrlr.AuthorizeRemoteStart AuthCtrlr.LocalPreAuthorize AuthCacheCtrlr.LifeTime
 ClockCtrlr.DateTime ClockCtrlr.TimeSource ClockCtrlr.TimeZone DeviceDataCtrlr.ItemsPerMessage
 ISO15118Ctrlr.PnCEnabled LocalAuthListCtrlr.Enabled MonitoringCtrlr.OfflineQueuingSeverity
 OCPPCommCtrlr.HeartbeatInterval OCPPCommCtrlr.MessageTimeout OCPPCommCtrlr.OfflineThreshold
 OCPPCommCtrlr.ResetRetries OCPPCommCtrlr.WebSocketPingInterval OCPPCommCtrlr.MessageAttemptInterval
 SampledDataCtrlr.TxUpdatedInterval SecurityCtrlr.CertSigningRepeatTimes SmartChargingCtrlr.LimitChangeSignificance
 TariffCostCtrlr.Currency TxCtrlr.EVConnectionTimeOut TxCtrlr.StopTxOnInvalidId Connector.SupplyPhases"""


def call(version, action, payload=None):
    return Call(action, json.dumps(payload or {}).encode(), version=version, origin="main")


def configuration(key, value="x"):
    return call(V16, "ChangeConfiguration", {"key": key, "value": value})


def variables(*names, version=V201):
    items = [
        {"attributeValue": "x", "component": {"name": component}, "variable": {"name": variable}}
        for component, _, variable in (name.partition(".") for name in names)
    ]
    return call(version, "SetVariables", {"setVariableData": items})


def profile(**more):
    data = {
        "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "wss://x", "messageTimeout": 30,
        "securityProfile": 2, "ocppInterface": "Wired0", **more,
    }  # fmt: skip
    return call(V21, "SetNetworkProfile", {"configurationSlot": 1, "connectionData": data})


def reason(judged, *, commands=None, grants=(), credentials="deny"):
    denied = Commands(commands, grants, credentials).judge(judged)
    return None if denied is None else denied.reason


# --- the list of a secondary -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("allowed", [None, (), ("Reset", "TriggerMessage")])
def test_a_list_of_actions_lets_these_through_and_no_others(version, allowed):
    for action in TO_STATION[version]:
        may = allowed is None or action in allowed
        assert (reason(call(version, action), commands=allowed, grants=EVERYTHING) != "commands") == may


def test_what_is_on_the_list_needs_its_grant_all_the_same():
    assert reason(call(V16, "GetLog"), commands=["GetLog"]) == "logs"
    assert reason(call(V16, "GetLog"), commands=["GetLog"], grants=["logs"]) is None


def test_a_denied_command_gets_a_valid_refusal_of_its_action():
    denied = Commands((), ()).judge(call(V201, "UnlockConnector", {"evseId": 1, "connectorId": 1}))
    assert denied.reply.payload == {"status": "UnlockFailed"}
    assert SCHEMAS.check_result(V201, "UnlockConnector", denied.reply) is None
    assert Commands((), ()).judge(call(V16, "UpdateFirmware")).reply.code == "NotSupported"


# --- grants ----------------------------------------------------------------------------------------------------------

NEEDED = [
    (V16, "CertificateSigned", "certificates"),
    (V16, "InstallCertificate", "certificates"),
    (V201, "DeleteCertificate", "certificates"),
    (V16, "UpdateFirmware", "firmware"),
    (V16, "SignedUpdateFirmware", "firmware"),
    (V201, "UpdateFirmware", "firmware"),
    (V201, "PublishFirmware", "firmware"),
    (V16, "GetDiagnostics", "logs"),
    (V21, "GetLog", "logs"),
    (V201, "SetNetworkProfile", "network"),
]


@pytest.mark.parametrize(("version", "action", "grant"), NEEDED)
def test_what_changes_the_station_needs_its_grant_and_no_other_does(version, action, grant):
    judged = profile() if action == "SetNetworkProfile" else call(version, action)
    assert reason(judged) == grant
    assert reason(judged, grants=EVERYTHING - {grant}) == grant
    assert reason(judged, grants={grant}) is None


def test_every_other_action_needs_none():
    needy = {action for _, action, _ in NEEDED} | {"ChangeConfiguration", "SetVariables"}
    for version in Version:
        assert {action for action in TO_STATION[version] if reason(call(version, action))} == needy & TO_STATION[
            version
        ]


@pytest.mark.parametrize("action", ["updatefirmware", "UPDATE_FIRMWARE", " UpdateFirmware", "Update Firmware"])
def test_another_spelling_of_an_action_is_the_same_action(action):
    assert reason(call(V16, action)) == "firmware"


def test_another_spelling_of_change_configuration_is_looked_into_as_well():
    payload = {"key": "AuthorizationKey", "value": "x"}
    assert reason(call(V16, "changeconfiguration", payload)) == "credentials"
    assert reason(call(V16, "changeconfiguration", {"key": "HeartbeatInterval", "value": "1"})) is None


def test_an_action_of_another_version_needs_the_grant_that_it_has_there():
    assert reason(call(V16, "SetNetworkProfile")) == "network"
    assert reason(call(V201, "ChangeConfiguration", {"key": "SecurityProfile", "value": "1"})) == "credentials"


def test_unknown_actions_and_data_transfer_pass():
    assert reason(call(V16, "VendorThing", {"key": "AuthorizationKey"})) is None
    assert reason(call(V16, "DataTransfer", {"vendorId": "v", "data": "AuthorizationKey"})) is None


# --- keys and variables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("AuthorizationKey", "credentials"),
        ("authorizationkey", "credentials"),
        (" AuthorizationKey ", "credentials"),
        ("Authorization Key", "credentials"),
        ("Authorization_Key", "credentials"),
        ("\uff21uthorizationKey", "credentials"),
        ("Authorization\u200bKey", "credentials"),
        ("SecurityProfile", "credentials"),
        ("AllowSecurityProfileDowngrade", "credentials"),
        ("CentralSystemPassword", "credentials"),
        ("ChargePointId", "credentials"),
        ("BasicAuthPassphrase", "credentials"),
        ("CentralSystemURL", "network"),
        ("CentralSystemUrl2", "network"),
        ("centralsystemaddress", "network"),
        ("OcppServer", "network"),
        ("BackendUrl", "network"),
        ("TimeServerUri", "network"),
        ("APN", "network"),
        ("ApnPassword", "network"),
        ("WifiPassword", "network"),
        ("WLAN_SSID", "network"),
        ("VpnServer", "network"),
        ("AllowCSMSTLSWildcards", "network"),
        ("AdditionalRootCertificateCheck", "certificates"),
        ("CpoName", "certificates"),
    ],
)
def test_the_kind_of_a_1_6_key_whatever_its_case_and_blanks(key, kind):
    assert reason(configuration(key)) == kind
    assert reason(configuration(key), grants=EVERYTHING) == (kind if kind == "credentials" else None)


@pytest.mark.parametrize("key", KEYS_16.split())
def test_ordinary_keys_need_nothing(key):
    assert reason(configuration(key)) is None


@pytest.mark.parametrize("name", VARIABLES.split())
def test_ordinary_variables_need_nothing(name):
    assert reason(variables(name)) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SecurityCtrlr.BasicAuthPassword", "credentials"),
        ("securityctrlr.basicauthpassword ", "credentials"),
        ("SecurityCtrlr.Identity", "credentials"),
        ("SecurityCtrlr.SecurityProfile", "credentials"),
        ("SecurityCtrlr.OrganizationName", "certificates"),
        ("OCPPCommCtrlr.NetworkConfigurationPriority", "network"),
        ("OCPPCommCtrlr.NetworkProfileConnectionAttempts", "network"),
        ("NetworkConfiguration.OcppCsmsUrl", "network"),
        ("NetworkConfiguration.MessageTimeout", "network"),
        ("NetworkConfiguration.SecurityProfile", "network"),
        ("NetworkConfiguration.BasicAuthPassword", "credentials"),
        ("ClockCtrlr.NtpServerUri", "network"),
    ],
)
@pytest.mark.parametrize("version", [V201, V21])
def test_the_kind_of_a_variable_also_behind_harmless_ones(version, name, kind):
    assert reason(variables("TxCtrlr.EVConnectionTimeOut", name, version=version)) == kind


def test_each_item_needs_its_own_grant():
    both = variables("OCPPCommCtrlr.NetworkConfigurationPriority", "SecurityCtrlr.OrganizationName")
    assert reason(both, grants=["network"]) == "certificates"
    assert reason(both, grants=["certificates"]) == "network"
    assert reason(both, grants=["certificates", "network"]) is None


@pytest.mark.parametrize("more", [{"basicAuthPassword": "x" * 16}, {"identity": "CP009"}, {"Identity": "CP009"}])
def test_a_network_profile_with_credentials_in_it_needs_more_than_the_grant(more):
    assert reason(profile(**more), grants=["network"]) == "credentials"
    assert reason(profile(**more), grants=["network"], credentials="adopt") is None
    assert reason(profile(**more), credentials="adopt") == "network"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"{}", b"{", b'"x"', b"\xff", b'{"key":1}', b'{"key":null}', b"[" * 100_000,
        b'{"key":"HeartbeatInterval","value":"1","key":"AuthorizationKey"}',
        b'{"key":"AuthorizationKey","value":"1","key":"HeartbeatInterval"}',
        b'{"key":"HeartbeatInterval","value":"1","Key":"AuthorizationKey"}',
        b'{"key":"HeartbeatInterval","value":"1","\\u006bey":"AuthorizationKey"}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("credentials", ["deny", "adopt"])
def test_what_cannot_be_read_in_one_way_only_is_refused_whatever_is_granted(raw, credentials):
    judged = Call("ChangeConfiguration", raw, version=V16)
    assert reason(judged, grants=EVERYTHING, credentials=credentials) == "credentials"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"setVariableData": {}},
        {"setVariableData": [1]},
        {"setVariableData": [{"component": "SecurityCtrlr", "variable": {"name": "x"}}]},
        {"setVariableData": [{"component": {"name": "SecurityCtrlr"}}]},
        {"connectionData": 1},
    ],
)
def test_variables_that_cannot_be_read_are_refused(payload):
    for action in ("SetVariables", "SetNetworkProfile"):
        assert reason(call(V201, action, payload), grants=EVERYTHING) == "credentials"


def test_members_in_another_case_are_read():
    assert reason(call(V16, "ChangeConfiguration", {"KEY": "AuthorizationKey", "VALUE": "x"})) == "credentials"


@given(st.sampled_from(["AuthorizationKey", "BasicAuthPassword", "SecurityProfile"]), st.data())
def test_no_decoration_hides_a_credential(name, data):
    blanks = st.text(st.sampled_from(" \t\u200b\u00a0._-"), max_size=3)
    spelled = "".join(data.draw(blanks) + (char.upper() if data.draw(st.booleans()) else char.lower()) for char in name)
    assert reason(configuration(spelled)) == "credentials"
    assert reason(variables(f"SecurityCtrlr.{spelled.replace('.', '')}")) == "credentials"


# --- adoption --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["AuthorizationKey", "SecurityProfile", "BasicAuthPassword", "ChargePointId"])
def test_credentials_that_the_broker_can_follow_pass_where_it_adopts_them(key):
    assert reason(configuration(key), credentials="adopt") is None
    assert reason(configuration(key), credentials="deny") == "credentials"


@pytest.mark.parametrize("key", ["CentralSystemPassword", "AllowSecurityProfileDowngrade", "VendorAuthorizationKey"])
def test_credentials_that_it_cannot_follow_pass_nowhere(key):
    assert reason(configuration(key), credentials="adopt", grants=EVERYTHING) == "credentials"


def test_credentials_are_no_grant():
    assert reason(configuration("AuthorizationKey"), grants=["credentials"]) == "credentials"


def test_adopting_credentials_grants_nothing_else():
    assert reason(configuration("CentralSystemURL"), credentials="adopt") == "network"
    assert reason(call(V16, "UpdateFirmware"), credentials="adopt") == "firmware"


def test_a_refusal_does_not_show_the_secret():
    denied = Commands(None, ()).judge(configuration("AuthorizationKey", "canary-password"))
    assert "canary" not in repr(denied)
    assert b"canary" not in denied.reply.raw


def test_a_setting_is_judged_by_its_name_alone():
    assert kind_of(Setting(normalised("HeartbeatInterval"), "AuthorizationKey")) == ""
