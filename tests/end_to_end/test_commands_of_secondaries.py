"""What an upstream may command a station, who gets the answer and the report, and whose id is whose."""

import asyncio

import pytest
from backends_kit import ACCEPTED, Backend, Operator, behind, booted, event, station
from e2e_kit import (
    FromOperator, Refused, basic, document, listener, running, until, url_of,
)  # fmt: skip
from aiohttp import ClientSession
from ocpp.messages import get_validator
from raw_kit import refused

ASKED = {
    "ocpp1.6": [
        ("Reset", {"type": "Soft"}), ("UnlockConnector", {"connectorId": 1}), ("GetConfiguration", {}),
        ("ClearChargingProfile", {}), ("ReserveNow", {"connectorId": 1, "expiryDate": "2026-01-01T00:00:00Z",
                                                      "idTag": "T", "reservationId": 1}),
        ("GetLocalListVersion", {}), ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
    ],
    "ocpp2.0.1": [
        ("Reset", {"type": "Immediate"}), ("UnlockConnector", {"evseId": 1, "connectorId": 1}),
        ("ClearChargingProfile", {}), ("GetLocalListVersion", {}), ("GetBaseReport", {"requestId": 1,
                                                                                     "reportBase": "FullInventory"}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
    ],
}  # fmt: skip
