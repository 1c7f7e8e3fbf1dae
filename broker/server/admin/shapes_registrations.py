"""The shapes of what operators set at run time: registrations of stations, and tokens."""

from typing import Any, get_args

from broker.config.stations import Boot
from broker.config.tokens import MAX_ID, MAX_MESSAGE, Status
from broker.server.admin.schematic import NUMBER, TEXT, TIME, TRUTH, list_of, object_of, said
from broker.server.admin.token_rows import MAX_TOKENS

_PROFILE = {"type": "integer", "minimum": 0, "maximum": 3}
_TAGS = {"type": "object", "additionalProperties": TEXT}
_BOOT = {"type": "string", "enum": list(get_args(Boot))}
_ID = {"type": "string", "minLength": 1, "maxLength": MAX_ID}
_WORD = {"type": "string", "enum": list(get_args(Status))}
_EVSES = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "integer", "minimum": 1}},
}
_TOKEN: dict[str, Any] = {
    "status": said(_WORD, "What the station is told."),
    "expires": said(TIME, "From then on it is Expired; UTC where it has no offset."),
    "parent": said(_ID, "parentIdTag or groupIdToken."),
    "parent_type": said(TEXT, "OCPP 2.x."),
    "type": said(TEXT, "The type that it has to be presented as, OCPP 2.x; any where it is absent."),
    "note": said(TEXT, "For people."),
    "language": said(TEXT, "OCPP 2.x."),
    "language2": said(TEXT, "OCPP 2.x."),
    "message": said({"type": "string", "maxLength": MAX_MESSAGE}, "personalMessage of OCPP 2.x."),
    "evses": said(_EVSES, "By identity, the EVSEs where it is valid, OCPP 2.x; a station that is not named: all."),
    "priority": said({"type": "integer", "minimum": -9, "maximum": 9}, "chargingPriority of OCPP 2.x."),
    "credit": said({"type": "number"}, "What is left of a prepaid one, in the currency of its tariff."),
    "tariff": said({"type": "string", "maxLength": 60}, "Id of the tariff that its owner pays."),
}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "additionalProperties": False}


REGISTRATIONS: dict[str, Any] = {
    "RegistrationOrder": _closed(
        object_of(
            {},
            {
                "password": said(
                    _or_null({"type": "string", "minLength": 1}),
                    "Text, `hex:<key>` or `sha256$<salt>$<hex>`; absent: as it was; null: the configuration's.",
                ),
                "security_profile": _or_null(_PROFILE),
                "tags": _TAGS,
                "serial_number": _or_null(TEXT),
                "boot": _or_null(_BOOT),
            },
        )
    ),
    "Registration": object_of(
        {
            "password": said(TRUTH, "Whether there is one."),
            "security_profile": _or_null(_PROFILE),
            "tags": _TAGS,
            "serial_number": _or_null(TEXT),
            "boot": _or_null(_BOOT),
            "created_at": TIME,
            "updated_at": TIME,
        }
    ),
    "TokenEntry": _closed(object_of({}, _TOKEN)),
    "TokenRow": _closed(object_of({"id": _ID}, _TOKEN)),
    "TokenRows": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/TokenRow"},
        "minItems": 1,
        "maxItems": MAX_TOKENS,
    },
    "Token": object_of(
        {"id": _ID, "status": _WORD, "source": {"type": "string", "enum": ["api", "file"]}},
        {**{name: shape for name, shape in _TOKEN.items() if name != "status"}, "updated_at": TIME},
    ),
    "Tokens": object_of({"tokens": list_of("Token")}, {"next": said(TEXT, "Next `after`.")}),
    "ImportedTokens": object_of(
        {"tokens": said(NUMBER, "That were in the body."), "imported": said(NUMBER, "That were written.")}
    ),
}
