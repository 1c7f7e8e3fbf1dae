"""The 77 cases of the Open Charge Alliance's test tool for a CSMS of OCPP 1.6, in the order of its profiles."""

from dataclasses import dataclass

import pytest

#: Security profiles of the white paper: ws with Basic, wss with Basic, wss with a client certificate.
TRANSPORTS = {1: "ws + Basic (SP1)", 2: "wss + Basic (SP2)", 3: "wss + client certificate (SP3)"}

PROFILES = {
    "Core": {
        "001": "Cold boot",
        "003": "Start session, plug-in first",
        "004_1": "Start session, identification first",
        "004_2": "Identification first, connection timeout",
        "005_1": "EV side disconnect",
        "007": "Start with cached id",
        "061": "Clear authorization data in cache",
        "010": "Remote start, cable plugged first",
        "011_1": "Remote start, remote start first",
        "011_2": "Remote start, timeout",
        "012": "Remote stop",
        "013": "Hard reset",
        "014": "Soft reset",
        "017_1": "Unlock, no session, not fixed cable",
        "017_2": "Unlock, fixed cable",
        "018_1": "Unlock with session",
        "019_1": "Get all configuration",
        "019_2": "Get one key",
        "021": "Change configuration",
        "023_1": "Authorize invalid",
        "023_2": "Authorize expired",
        "023_3": "Authorize blocked",
        "024": "Lock failure",
        "026": "Remote start rejected",
        "028": "Remote stop rejected",
        "030": "Unlock failure",
        "031": "Unlock unknown connector",
        "032_1": "Power failure, configured to stop transactions",
        "037_1": "Offline start, valid idTag",
        "037_3": "Offline start, invalid idTag",
        "039": "Offline transaction",
        "040_1": "ChangeConfiguration not supported",
        "040_2": "ChangeConfiguration invalid value",
        "064": "DataTransfer to Central System",
    },
    "Firmware Management": {
        "044_1": "Firmware download and install",
        "044_2": "Download failed",
        "044_3": "Installation failed",
        "045_1": "Get diagnostics",
        "045_2": "Get diagnostics, upload failed",
    },
    "Local Authorization List Management": {
        "042_1": "Get local list version (not supported)",
        "042_2": "Get local list version (empty)",
        "043_1": "Send list, NotSupported",
        "043_3": "Send list, Failed",
        "043_4": "Send list, Full",
        "043_5": "Send list, Differential",
    },
    "Smart Charging": {
        "056": "TxDefaultProfile",
        "057": "TxProfile",
        "066": "Get composite schedule",
        "067": "Clear charging profile",
        "059": "Remote start with profile",
    },
    "Remote Trigger": {
        "054": "Trigger message",
        "055": "Trigger message, rejected",
    },
    "Reservation": {
        "046": "Reservation of a connector, transaction",
        "047": "Reservation, expire",
        "048_1": "Reservation, Faulted",
        "048_2": "Reservation, Occupied",
        "048_3": "Reservation, Unavailable",
        "048_4": "Reservation, Rejected",
        "049": "Reservation of the charge point",
        "051": "Cancel reservation",
        "052": "Cancel reservation, rejected",
        "053": "Use with parentIdTag",
    },
    "Security": {
        "073": "Update AuthorizationKey",
        "074": "Renew charge point certificate",
        "075_1": "Install ManufacturerRootCertificate",
        "075_2": "Install CentralSystemRootCertificate",
        "076": "Delete certificate",
        "077": "Invalid charge point certificate event",
        "078": "Invalid central system certificate event",
        "079": "Get security log",
        "080": "Secure firmware update",
        "081": "Secure firmware, invalid signature",
        "083": "Upgrade security profile",
        "085": "Basic authentication, valid",
        "086": "TLS server certificate",
        "087": "TLS client certificate",
        "088": "Subprotocol negotiation",
    },
}


@dataclass(frozen=True)
class Case:
    id: str
    name: str
    profile: str


CASES = {
    case_id: Case(case_id, name, profile) for profile, names in PROFILES.items() for case_id, name in names.items()
}


def case(case_id, checked, *, over=(1,)):
    """Mark a test as that of a case; it runs over each of these transports.

    `checked`: what it looks at, for the table.
    """
    assert case_id in CASES

    def decorate(test):
        words = test.__name__.removeprefix(f"test_tc_{case_id}_")
        assert words != test.__name__, f"{test.__name__} is not named after case {case_id}"
        named = [pytest.param(transport, id=f"SP{transport}") for transport in over]
        return pytest.mark.case(case_id, checked)(pytest.mark.parametrize("transport", named)(test))

    return decorate
