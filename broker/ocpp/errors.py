"""The error codes of a CALLERROR, and which version calls which failure what.

Sources: OCPP-J 1.6 table 7 with its errata, OCPP 2.0.1 and 2.1 part 4 section 4.3. The names differ in small ways
between the versions, and a peer may take a name that its version does not know for a malformed frame.
"""

from enum import StrEnum

from broker.ocpp.versions import Version


class ErrorKind(StrEnum):
    """What went wrong, whatever the version calls it."""

    FORMAT = "format"
    """The payload is not built as its action demands."""
    PROTOCOL = "protocol"
    """The payload is incomplete, or the frame breaks a rule of the protocol."""
    OCCURRENCE = "occurrence"
    """A member is missing, or there are too few or too many of it."""
    PROPERTY = "property"
    """A value is outside what is allowed."""
    TYPE = "type"
    """A value is of the wrong JSON type."""
    NOT_IMPLEMENTED = "not_implemented"
    """The action is unknown."""
    NOT_SUPPORTED = "not_supported"
    """The action is known, and nobody here does it."""
    INTERNAL = "internal"
    """The receiver failed."""
    GENERIC = "generic"
    """None of the others."""
    SECURITY = "security"
    """A security rule forbids it."""
    RPC_FRAMEWORK = "rpc_framework"
    """The frame is no valid CALL."""
    MESSAGE_TYPE = "message_type"
    """The message type number is unknown."""


_V2 = {
    ErrorKind.FORMAT: "FormatViolation",
    ErrorKind.PROTOCOL: "ProtocolError",
    ErrorKind.OCCURRENCE: "OccurrenceConstraintViolation",
    ErrorKind.PROPERTY: "PropertyConstraintViolation",
    ErrorKind.TYPE: "TypeConstraintViolation",
    ErrorKind.NOT_IMPLEMENTED: "NotImplemented",
    ErrorKind.NOT_SUPPORTED: "NotSupported",
    ErrorKind.INTERNAL: "InternalError",
    ErrorKind.GENERIC: "GenericError",
    ErrorKind.SECURITY: "SecurityError",
    ErrorKind.RPC_FRAMEWORK: "RpcFrameworkError",
    ErrorKind.MESSAGE_TYPE: "MessageTypeNotSupported",
}

_CODES: dict[Version, dict[ErrorKind, str]] = {
    Version.V16: {
        **_V2,
        ErrorKind.FORMAT: "FormationViolation",
        ErrorKind.OCCURRENCE: "OccurenceConstraintViolation",  # one r: this is how OCPP-J 1.6 writes it on the wire
        # 1.6 has no code for a bad frame as such. Its nearest is the one for wrong syntax; the frame's rules about
        # unknown message types ask for no answer at all (4.1.3), so the last line is never sent by the broker.
        ErrorKind.RPC_FRAMEWORK: "FormationViolation",
        ErrorKind.MESSAGE_TYPE: "NotSupported",
    },
    Version.V201: _V2,
    Version.V21: _V2,
}


def error_code(version: Version, kind: ErrorKind) -> str:
    """Return the CALLERROR code for `kind` as `version` spells it. Total: every pair has one."""
    return _CODES[version][kind]
