"""The shapes of what has to do with many upstreams: outboxes, dead letters, ids, routes, comparisons."""

from typing import Any

from broker.server.admin.dead import MAX_IDS
from broker.server.admin.messages import LAST_ID
from broker.server.admin.schematic import ANY_OBJECT, NUMBER, TEXT, TIME, TRUTH, array_of, list_of, object_of, said

_MESSAGE: dict[str, Any] = {
    "id": {"type": "integer", "minimum": 1},
    "identity": TEXT,
    "upstream": TEXT,
    "version": said(TEXT, "The OCPP version on which the station sent it."),
    "action": TEXT,
    "transaction": said({"type": ["integer", "string", "null"]}, "What the station calls it; null for none."),
    "received_at": TIME,
    "attempts": said(NUMBER, "How often the upstream has answered it with an error."),
    "error": said({"type": ["string", "null"]}, "What the upstream said, the last time."),
    "payload": said({}, "As it came, secrets masked; a text where it is no JSON."),
}
_NEXT = {"next": said(NUMBER, "Next `after`.")}
_MISSING = {"missing": said(array_of(NUMBER), "The ids of the body that are no dead letters.")}

BACKENDS: dict[str, Any] = {
    "OutboxSummary": object_of(
        {
            "identity": TEXT,
            "upstream": TEXT,
            "depth": said(NUMBER, "Messages that wait."),
            "bytes": said(NUMBER, "Bytes of their payloads."),
            "oldest": said({"type": ["string", "null"]}, "When the first of them was received, ISO 8601."),
            "state": {"type": "string", "enum": ["delivering", "waiting", "held", "down"]},
            "connected": said(TRUTH, "The station is connected."),
            "error": {"type": ["string", "null"]},
        }
    ),
    "Outboxes": object_of({"outboxes": list_of("OutboxSummary")}),
    "Message": object_of(_MESSAGE),
    "Outbox": object_of({"identity": TEXT, "upstream": TEXT, "messages": list_of("Message")}, _NEXT),
    "DeadLetter": object_of({**_MESSAGE, "reason": TEXT, "buried_at": TIME}),
    "DeadLetters": object_of({"messages": list_of("DeadLetter")}, _NEXT),
    "Letters": {
        "description": "Either `ids`, or `identity`, `upstream` or both: all that are of them.",
        "type": "object",
        "properties": {
            "ids": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": LAST_ID},
                "minItems": 1,
                "maxItems": MAX_IDS,
            },
            "identity": {"type": "string", "minLength": 1, "maxLength": 255},
            "upstream": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        "oneOf": [
            {"required": ["ids"]},
            {"anyOf": [{"required": ["identity"]}, {"required": ["upstream"]}]},
        ],
        "additionalProperties": False,
    },
    "Replayed": object_of({"replayed": NUMBER, **_MISSING}),
    "DroppedLetters": object_of({"dropped": NUMBER, **_MISSING}),
    "Dropped": object_of({"dropped": NUMBER}),
    "TransactionIds": object_of(
        {
            "ref": said(NUMBER, "The broker's own number."),
            "transaction": said({"type": ["integer", "string"]}, "What the station calls it."),
            "owner": said(TEXT, "The upstream that started it, or `local`."),
            "connector": {"type": ["integer", "null"]},
            "provisional": said(TRUTH, "Started by `local` in the place of its owner."),
            "closed": TRUTH,
            "started_at": TIME,
            "ids": said({"type": "object", "additionalProperties": NUMBER}, "OCPP 1.6: what each upstream calls it."),
            "refused": said(array_of(TEXT), "Upstreams that will never have an id for it."),
        }
    ),
    "MappedId": object_of(
        {
            "space": said(TEXT, "What it is the id of, such as `reservation`."),
            "station_id": NUMBER,
            "peer": said(TEXT, "The upstream that chose it."),
            "peer_id": said(NUMBER, "Its number for it."),
        }
    ),
    "Ids": object_of({"transactions": list_of("TransactionIds"), "ids": list_of("MappedId")}),
    "Route": {
        **object_of({"primary": said(TEXT, "The name of an upstream, or `local`.")}),
        "description": "A route as in the configuration, without `match`; docs/configuration.md has every member.",
    },
    "StationRoute": object_of(
        {
            "source": {"type": "string", "enum": ["configuration", "plugin", "api"]},
            "state": said(
                {"type": "string", "enum": ["steady", "switching"]}, "`switching` until the old upstreams are drained."
            ),
        },
        {
            "primary": said(TEXT, "Left out where the station is away and its route is chosen when it comes."),
            "secondaries": array_of(TEXT),
            "answering": said(TEXT, "Who answers now: the primary, or who takes its place while it is down."),
            "links": array_of(ANY_OBJECT),
        },
    ),
    "LoggedMessage": object_of(
        {
            "id": {"type": "integer", "minimum": 1},
            "at": TIME,
            "identity": TEXT,
            "direction": said(TEXT, "Of the call, for its reply too: `from_station` or `to_station`."),
            "peer": said(TEXT, "The station's other side: an upstream, `local`, `plugin` or `api`."),
            "kind": {"type": "string", "enum": ["call", "reply", "malformed"]},
            "action": TEXT,
            "message_id": TEXT,
            "outcome": said(TEXT, "Of a reply `result` or `error`; empty for a call."),
            "payload": said(
                {},
                "With its secrets masked; `[code, description, details]` of an error; `{cut, text}`, its bytes and its "
                "beginning, of one that was too long; null where the plugin keeps no payloads.",
            ),
        }
    ),
    "LoggedMessages": object_of({"messages": list_of("LoggedMessage")}, _NEXT),
}
