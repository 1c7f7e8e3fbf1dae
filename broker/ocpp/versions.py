"""The versions of OCPP that the broker speaks."""

from enum import StrEnum


class Version(StrEnum):
    """A version, as its WebSocket subprotocol is written (IANA registry; OCPP-J 1.6 3.2, 2.0.1 part 4 3.1.2)."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"
