"""Golden tables of the error codes, a column a version (certification.md 3.2, field-notes Q-16)."""

import pytest

from broker.ocpp import ErrorKind, Version, error_code

GOLDEN = {
    ErrorKind.FORMAT: ("FormationViolation", "FormatViolation", "FormatViolation"),
    ErrorKind.PROTOCOL: ("ProtocolError",) * 3,
    ErrorKind.OCCURRENCE: (
        "OccurenceConstraintViolation",
        "OccurrenceConstraintViolation",
        "OccurrenceConstraintViolation",
    ),
    ErrorKind.PROPERTY: ("PropertyConstraintViolation",) * 3,
    ErrorKind.TYPE: ("TypeConstraintViolation",) * 3,
    ErrorKind.NOT_IMPLEMENTED: ("NotImplemented",) * 3,
    ErrorKind.NOT_SUPPORTED: ("NotSupported",) * 3,
    ErrorKind.INTERNAL: ("InternalError",) * 3,
    ErrorKind.GENERIC: ("GenericError",) * 3,
    ErrorKind.SECURITY: ("SecurityError",) * 3,
    ErrorKind.RPC_FRAMEWORK: ("FormationViolation", "RpcFrameworkError", "RpcFrameworkError"),
    ErrorKind.MESSAGE_TYPE: ("NotSupported", "MessageTypeNotSupported", "MessageTypeNotSupported"),
}

CODES_OF_16 = {
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
}


@pytest.mark.parametrize("kind", ErrorKind)
def test_q16_golden_table_of_codes(kind: ErrorKind):
    assert tuple(error_code(version, kind) for version in Version) == GOLDEN[kind]


def test_q16_no_version_yields_a_code_of_another():
    assert {error_code(Version.V16, kind) for kind in ErrorKind} == CODES_OF_16
    for version in (Version.V201, Version.V21):
        codes = {error_code(version, kind) for kind in ErrorKind}
        assert codes & {"FormationViolation", "OccurenceConstraintViolation"} == set()
