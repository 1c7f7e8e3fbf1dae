"""The shapes of what is known of stations: transactions, security events, connectors and the like."""

from typing import Any

from broker.server.admin.schematic import ANY_OBJECT, NUMBER, TEXT, TIME, TRUTH, array_of, list_of, object_of, said

_NEXT = {"next": said(NUMBER, "Next `after`.")}
_COUNTS = {"type": "object", "additionalProperties": NUMBER}


def _maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """Null where nobody has said."""
    return {**schema, "type": [schema["type"], "null"]}


_TRANSACTION: dict[str, Any] = {
    "ref": said(NUMBER, "The broker's own number of it."),
    "identity": TEXT,
    "transaction": said(TEXT, "What the station calls it; -1 where it was given no id."),
    "version": TEXT,
    "evse": _maybe(NUMBER),
    "connector": _maybe(NUMBER),
    "token": _maybe(TEXT),
    "token_type": _maybe(TEXT),
    "parent": _maybe(TEXT),
    "status": said(TEXT, "What the token was answered; empty where that is not known."),
    "reservation": _maybe(NUMBER),
    "answered_by": said(TEXT, "An upstream, or `local`."),
    "started_at": _maybe(TIME),
    "meter_start": said(_maybe(NUMBER), "Wh."),
    "stopped_at": _maybe(TIME),
    "meter_stop": said(_maybe(NUMBER), "Wh."),
    "stop_reason": _maybe(TEXT),
    "stop_token": _maybe(TEXT),
    "energy": said(_maybe(NUMBER), "Wh; null until both readings are known."),
    "open": said(TRUTH, "It has not ended."),
    "superseded": said(TRUTH, "Its id names another transaction now, or is none."),
    "received_at": _maybe(TIME),
    "updated_at": _maybe(TIME),
    "details": said(ANY_OBJECT, "What only some versions tell, such as the chargingState and the cost of 2.x."),
    "ids": said({"type": "object"}, "What each upstream calls it."),
}
_SAMPLED: dict[str, Any] = object_of(
    {"context": TEXT, "measurand": TEXT, "location": TEXT},
    {
        "value": {"type": "number"},
        "raw": said(TEXT, "In place of a value that is no number."),
        "signed": said(ANY_OBJECT, "What the meter has signed."),
        "phase": TEXT,
        "unit": TEXT,
        "multiplier": said(NUMBER, "The power of ten by which the value is to be multiplied."),
    },
)

RECORDS: dict[str, Any] = {
    "Transaction": object_of(_TRANSACTION),
    "Transactions": object_of({"transactions": list_of("Transaction")}, _NEXT),
    "MeterValue": object_of(
        {
            "id": NUMBER,
            "evse": _maybe(NUMBER),
            "connector": _maybe(NUMBER),
            "received_at": _maybe(TIME),
            "values": said(
                array_of(object_of({"timestamp": {}, "sampledValue": array_of(_SAMPLED)})),
                "In the form of OCPP 2.x, whatever the station speaks; what it left out is filled in.",
            ),
        }
    ),
    "MeterValues": object_of({"meter_values": list_of("MeterValue")}, _NEXT),
    "SecurityEvent": object_of(
        {
            "id": NUMBER,
            "identity": TEXT,
            "type": TEXT,
            "at": said(_maybe(TIME), "The station's timestamp."),
            "received_at": _maybe(TIME),
            "tech_info": TEXT,
        }
    ),
    "SecurityEvents": object_of({"events": list_of("SecurityEvent")}, _NEXT),
    "Boot": object_of(
        {
            "version": TEXT,
            **dict.fromkeys(("vendor", "model", "serial_number", "firmware"), TEXT),
            "boot_status": said(TEXT, "What the boot was answered."),
            "booted_at": _maybe(TIME),
            "boot": said(ANY_OBJECT, "The payload as it was sent."),
        }
    ),
    "Connector": object_of(
        {
            "evse": NUMBER,
            "connector": NUMBER,
            **dict.fromkeys(("status", "error_code", "info", "vendor_id", "vendor_error_code"), TEXT),
            "at": said(_maybe(TIME), "The station's timestamp."),
            "changed_at": _maybe(TIME),
        }
    ),
    "Connectors": object_of({"connectors": list_of("Connector")}),
    "Variable": object_of(
        {
            "component": said(TEXT, "Empty in OCPP 1.6."),
            "variable": said(TEXT, "OCPP 1.6: the configuration key."),
            "attribute": TEXT,
            "value": said(_maybe(TEXT), "Masked where it is a secret."),
            "readonly": TRUTH,
            "at": _maybe(TIME),
            "previous": _maybe(TEXT),
            "changed_at": _maybe(TIME),
            "details": said(ANY_OBJECT, "2.x: mutability, characteristics and the like, as a report has them."),
        }
    ),
    "StationEvent": object_of(
        {
            "id": NUMBER,
            "component": TEXT,
            "variable": TEXT,
            "at": said(_maybe(TIME), "The station's timestamp."),
            "received_at": _maybe(TIME),
            "value": said(_maybe(TEXT), "Masked where it is a secret."),
            "details": said(ANY_OBJECT, "The other members of its eventData."),
        }
    ),
    "StationEvents": object_of({"events": list_of("StationEvent")}, _NEXT),
    "Documents": object_of({"documents": said(ANY_OBJECT, "By plugin and key; secrets are masked.")}),
    "Configuration": object_of({"configuration": list_of("Variable")}),
    "Reservation": object_of(
        {
            "reservation": NUMBER,
            "evse": NUMBER,
            "connector": _maybe(NUMBER),
            "token": TEXT,
            "parent": _maybe(TEXT),
            "expires": _maybe(TIME),
            "status": {
                "type": "string",
                "enum": ["requested", "reserved", "used", "expired", "cancelled", "refused", "removed"],
            },
            "answer": said(TEXT, "The station's word."),
            "transaction": _maybe(TEXT),
            "created_at": _maybe(TIME),
            "updated_at": _maybe(TIME),
        }
    ),
    "Reservations": object_of({"reservations": list_of("Reservation")}),
    "LocalList": object_of(
        {
            "version": said(_maybe(NUMBER), "Null where nothing is known of a list."),
            "status": said(TEXT, "What the last update was answered."),
            "updated_at": _maybe(TIME),
            "entries": said(
                {"type": "object", "additionalProperties": ANY_OBJECT},
                "By idTag its idTagInfo; by idToken its idTokenInfo.",
            ),
        }
    ),
    "ChargingProfile": object_of(
        {
            "profile_id": NUMBER,
            "evse": NUMBER,
            "purpose": TEXT,
            "kind": TEXT,
            "stack_level": NUMBER,
            "transaction": _maybe(TEXT),
            **dict.fromkeys(("valid_from", "valid_to", "at"), _maybe(TIME)),
            "profile": said(ANY_OBJECT, "As it was sent."),
        }
    ),
    "ChargingProfiles": object_of({"charging_profiles": list_of("ChargingProfile")}),
    "Certificate": object_of(
        {
            "key": TEXT,
            "use": TEXT,
            "hash_data": ANY_OBJECT,
            "serial_number": TEXT,
            "subject": _maybe(TEXT),
            "not_after": _maybe(TIME),
            "status": TEXT,
            "at": _maybe(TIME),
            "pem": _maybe(TEXT),
        }
    ),
    "Certificates": object_of({"certificates": list_of("Certificate")}),
    "ForgottenStation": object_of(
        {
            "rows": said(_COUNTS, "Rows that were deleted, by table."),
            "files": said(NUMBER, "Files that were deleted."),
            "complete": said(TRUTH, "False: it is connected, or something of it is being delivered; ask again later."),
        }
    ),
    "ForgottenToken": object_of({"rows": said(_COUNTS, "Rows that were deleted or changed, by table.")}),
}
