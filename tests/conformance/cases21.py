"""The 85 cases that the Open Charge Alliance's test tool adds for a CSMS of OCPP 2.1, in the order of its profiles."""

from case_kit import V21, Cases

PROFILES = {
    "Core": {
        "B_103": "Reset ImmediateAndResume - With Ongoing Transaction - Resuming Energy",
        "B_104": "Reset ImmediateAndResume - Without ongoing transaction",
        "B_100": "Set new NetworkConnectionProfile - Identity and password",
        "B_105": "Add new NetworkConfiguration using the device model",
        "E_102": ("CSMS and CS both specify limits", "C-63"),
        "E_106": "CS specifies energy limit",
        "E_107": "CS specifies time limit",
        "E_108": "CS calculates costs and specifies limit",
        "E_113": "Resuming transaction - TxResumptionTimeout not expired",
        "F_100": ("Trigger message - CustomTrigger", "C-29.7"),
        "N_100": ("Retrieve Log Information - DataCollectorLog - Success", "C-65"),
        "N_102": "Authentication - HTTP",
        "N_103": "Authentication - HTTPS",
        "S_102": ("Battery Swap - Remote Start - not enough batteries", "C-76"),
        "S_103": ("Battery Swap - Remote Start - enough batteries available", "C-76"),
    },
    "Payment / tariff / cost": {
        "E_109": ("CSMS calculates costs and specifies cost limit", "P-0"),
        "E_110": ("CSMS specifies energy limit", "P-0"),
        "E_111": ("CSMS specifies time limit", "P-0"),
        "I_101": ("Set Default Tariff - startTimeOfDay, endTimeOfDay", "P-0"),
        "I_102": ("Set Default Tariff - TariffMaxElements", "P-0"),
        "I_105": ("Set Default Tariff - TariffConditionsSupported is false", "P-0"),
        "I_106": ("Set Default Tariff - validations", "P-0"),
        "I_109": ("Receive Driver Tariff - Goodflow", "P-0"),
        "I_110": ("Clear Tariffs - DefaultTariff", "P-0"),
        "I_113": ("Local Cost Calculation - Change transaction tariff - TariffMaxElements", "P-0"),
        "I_114": ("Local Cost Calculation - Change transaction tariff - TariffConditionsSupported is false", "P-0"),
        "I_115": ("Local Cost Calculation - Change transaction tariff - TariffConditionsSupported is true", "P-0"),
        "I_122": ("Local Cost Calculation - Cost Details of Transaction", "P-0"),
        "C_103": ("Authorization with Prepaid card - Success", "P-0"),
        "C_104": ("Authorization with Prepaid card - No credit", "P-0"),
        "C_108": ("Integrated Payment Terminal - VAT number validation", "P-0"),
        "C_113": ("Integrated Payment Terminal - Cancelation after start of transaction - stopped by EV driver", "P-0"),
        "C_117": ("Settlement at end of transaction - Settled by CSMS, receipt by CSMS", "P-0"),
        "C_118": ("Settlement at end of transaction - Settled by CS, receipt by CSMS", "P-0"),
        "C_119": ("Settlement - Is rejected or fails - Failed", "P-0"),
        "C_120": ("Settlement - Is rejected or fails - Rejected", "P-0"),
        "C_125": ("Ad hoc payment via stand-alone payment terminal - Central cost calculation", "P-0"),
        "C_126": ("Ad hoc payment via stand-alone payment terminal - Local cost calculation", "P-0"),
        "C_131": ("Ad hoc payment via static or dynamic QR code - Success", "P-0"),
        "C_132": ("Ad hoc payment via static or dynamic QR code - Invalid URL parameters", "P-0"),
        "C_133": ("Ad hoc payment via static or dynamic QR code - Invalid totp", "P-0"),
    },
    "Device management / periodic event streams": {
        "N_104": ("Get Monitoring Report - TargetDeltaMonitoring", "DM-0"),
        "N_105": ("Set Variable Monitoring - Set Frequent Periodic Variable Monitoring", "DM-0"),
        "N_107": ("Get Periodic Event Streams - Goodflow", "DM-0"),
    },
    "Display": {
        "O_100": ("Unsupported language", "UI-0 AQ-19"),
        "O_101": ("Language preference of the EV Driver", "UI-0 UI-3"),
    },
    "Smart Charging": {
        "K_100": "Set Charging Profile - maxOfflineDuration",
        "K_102": ("Set Charging Profile - limitAtSoC", "SC-3"),
        "K_104": ("Set Charging Profile - PriorityCharging", "SC-6"),
        "K_106": "Set Charging Profile - randomizedDelay",
        "E_117": "Resuming transaction after interruption",
        "K_118": ("Priority charging - Requesting priority charging remotely", "SC-6"),
        "K_121": ("Dynamic charging profiles from CSMS - Pull", "SC-8"),
        "Q_125": "Idle, minimizing energy consumption",
        "K_109": ("Set Charging Profile - MaxExternalConstraintsId", "SC-10"),
        "Q_111": "External V2X control - With a charging profile from CSMS - setpoint",
        "Q_112": "External V2X control - With a charging profile from CSMS - limit",
    },
    "ISO 15118-20": {
        "K_113": "Renegotiating a Charging Schedule ISO 15118-20 - Initiated by CSMS",
        "K_114": "Renegotiating a Charging Schedule ISO 15118-20 - Initiated by EV",
        "K_115": "Smart charging with ISO 15118-20 - Success",
        "K_117": "Smart charging with ISO 15118-20 - Adjusting charging schedule",
        "K_126": "Smart charging with ISO 15118-20 - CSMS sets no charging profile",
        "M_100": "ISO 15118-20 - Success",
        "M_101": "Install CA certificate - OEMRootCertificate",
    },
    "Bidirectional Power Transfer": {
        "Q_109": "Central V2X control with dynamic CSMS setpoint - push",
        "Q_110": "Central V2X control with dynamic CSMS setpoint - pull",
        "Q_124": "Local V2X control for load balancing - good flow",
        "K_101": "Set Charging Profile - Change operation mode",
        "B_116": "Reset ImmediateAndResume - With Ongoing Transaction and SmartCharging - resuming energytransfer",
        "Q_102": (
            "V2X Authorisation - ISO15118-20 - Charging only (V2X control) before starting V2X - Allowed "
            "Energy Transfer modes omitted",
            "V2X",
        ),
        "Q_103": "V2X Authorisation - ISO15118-20 - Charging needs rejected",
        "Q_107": (
            "V2X Authorisation - ISO15118-20 - Charging only (V2X control) before starting V2X",
            "V2X",
        ),
        "Q_108": ("V2X Authorisation - ISO15118-20 - Central V2X control with charging schedule", "V2X"),
        "Q_117": ("Frequency support - Central V2X control - push", "BPT-1"),
        "Q_120": ("Frequency support - Local V2X control - AFRR support", "BPT-1"),
        "Q_121": ("Frequency support - Local V2X control", "BPT-1"),
    },
    "DER Control": {
        "R_100": "Starting a V2X session with DER control in EVSE - Persistent DERControls",
        "R_101": "Starting a V2X session with DER control in EVSE - Device model",
        "R_102": "Configure DER control settings at CS - clearing controlTypes",
        "R_103": "Configure DER control settings at CS - validations",
        "R_104": "Configure DER control settings at CS - superseding future DER control",
        "R_105": "Configure DER control settings at CS - superseding active DER control",
        "R_106": "Configure DER control settings at CS - Active DER control supersedes new DER control",
        "R_107": "Configure DER control settings at CS",
        "R_108": ("Charging station reporting a DER event", "ISO-1.2"),
    },
}


#: Cases that cannot be done, each with its reason.
NOT_DONE = {}

CASES21 = Cases("OCPP 2.1", PROFILES, prefix="test_tc21", on=(V21,), not_done=NOT_DONE)
case21 = CASES21.case
