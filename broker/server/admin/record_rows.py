"""Rows of the records as answers: members that are not known are null, times are ISO 8601."""

import json
from collections.abc import Sequence
from typing import Any

from broker.ocpp.redact import MASK, masked
from broker.records import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    MeterValue,
    Reservation,
    SecurityEvent,
    Station,
    StationEvent,
    Transaction,
    Variable,
)
from broker.server.admin.moments import iso


def transaction(row: Transaction, ids: dict[str, Any]) -> dict[str, Any]:
    """`ids`: what each upstream calls it."""
    return {
        "ref": row.ref,
        "identity": row.identity,
        "transaction": row.transaction_id,
        "version": row.version,
        "evse": row.evse,
        "connector": row.connector,
        "token": row.token,
        "token_type": row.token_type,
        "parent": row.parent,
        "status": row.status,
        "reservation": row.reservation_id,
        "answered_by": row.answered_by,
        "started_at": iso(row.started_at),
        "meter_start": row.meter_start,
        "stopped_at": iso(row.stopped_at),
        "meter_stop": row.meter_stop,
        "stop_reason": row.stop_reason,
        "stop_token": row.stop_token,
        "energy": row.energy,
        "open": not row.ended,
        "superseded": row.epoch != 0,
        "received_at": iso(row.received_at),
        "updated_at": iso(row.updated_at),
        "details": row.details,
        "ids": ids,
    }


def meter_value(row: MeterValue) -> dict[str, Any]:
    return {
        "id": row.id,
        "evse": row.evse,
        "connector": row.connector,
        "received_at": iso(row.received_at),
        "values": row.values,
    }


def security_event(row: SecurityEvent) -> dict[str, Any]:
    return {
        "id": row.id,
        "identity": row.identity,
        "type": row.type,
        "at": iso(row.at),
        "received_at": iso(row.received_at),
        "tech_info": row.tech_info,
    }


def station_event(row: StationEvent) -> dict[str, Any]:
    return {
        "id": row.id,
        "component": row.component,
        "variable": row.variable,
        "at": iso(row.at),
        "received_at": iso(row.received_at),
        "value": _shown(row.variable, row.value),
        "details": row.details,
    }


def boot(row: Station) -> dict[str, Any]:
    return {
        "version": row.version,
        "vendor": row.vendor,
        "model": row.model,
        "serial_number": row.serial_number,
        "firmware": row.firmware,
        "boot_status": row.boot_status,
        "booted_at": iso(row.booted_at),
        "boot": row.boot,
    }


def connector(row: Connector) -> dict[str, Any]:
    return {
        "evse": row.evse,
        "connector": row.connector,
        "status": row.status,
        "error_code": row.error_code,
        "info": row.info,
        "vendor_id": row.vendor_id,
        "vendor_error_code": row.vendor_error_code,
        "at": iso(row.at),
        "changed_at": iso(row.changed_at),
    }


def variables(rows: Sequence[Variable]) -> list[dict[str, Any]]:
    """A password is a variable too: what the name tells to be a secret is masked, as in messages."""
    return [
        {
            "component": row.component,
            "variable": row.variable,
            "attribute": row.attribute,
            "value": _shown(row.variable, row.value),
            "readonly": row.readonly,
            "at": iso(row.at),
            "previous": _shown(row.variable, row.previous),
            "changed_at": iso(row.changed_at),
            "details": row.details,
        }
        for row in rows
    ]


def _shown(name: str, value: str | None) -> str | None:
    if not value:
        return value
    shown = json.loads(masked(json.dumps({"key": name, "value": value}).encode(), keyed=True))
    return str(shown["value"]) if isinstance(shown, dict) else MASK


def reservation(row: Reservation) -> dict[str, Any]:
    return {
        "reservation": row.reservation_id,
        "evse": row.evse,
        "connector": row.connector,
        "token": row.token,
        "parent": row.parent,
        "expires": iso(row.expires),
        "status": row.status,
        "answer": row.answer,
        "transaction": row.transaction_id,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def local_list(row: LocalList | None) -> dict[str, Any]:
    """None: nothing is known of a list."""
    if row is None:
        return {"version": None, "status": "", "updated_at": None, "entries": {}}
    return {
        "version": row.version,
        "status": row.status,
        "updated_at": iso(row.updated_at),
        "entries": row.entries,
    }


def charging_profile(row: ChargingProfile) -> dict[str, Any]:
    return {
        "profile_id": row.profile_id,
        "evse": row.evse,
        "purpose": row.purpose,
        "kind": row.kind,
        "stack_level": row.stack_level,
        "transaction": row.transaction_id,
        "valid_from": iso(row.valid_from),
        "valid_to": iso(row.valid_to),
        "at": iso(row.at),
        "profile": row.profile,
    }


def certificate(row: Certificate) -> dict[str, Any]:
    return {
        "key": row.key,
        "use": row.use,
        "hash_data": row.hash_data,
        "serial_number": row.serial_number,
        "subject": row.subject,
        "not_after": iso(row.not_after),
        "status": row.status,
        "at": iso(row.at),
        "pem": row.pem,
    }
