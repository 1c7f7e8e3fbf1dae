"""Every message that the schemas know, filled in completely: a shaped one is legal, and no id is left in it."""

import json
import re

import pytest

from broker.config.secondaries import Filter
from broker.ocpp import Call, Reply, Schemas, Version
from broker.ocpp.schema_files import actions, load
from broker.session.shadow.shaping import Shaper

SECRET = "SECRET04AB"
#: Members that name a user, a contract or a device.
ID = re.compile(
    r"^idTag|[iI]dTag$|idToken|IdToken$|EMAID|serialNumber$|SerialNumber$|^iccid$|^imsi$|^exi|^csr$|^signedMeter"
)
#: Hash data of certificates that belong to the station or to authorities, by which they are found and deleted.
AUTHORITIES = re.compile(r"certificateHashData|CertificateHashData|hashRootCertificate|customerCertificate")
SCHEMAS = Schemas()


def filled(schema, root, path):
    """A value for a schema with every member in it, and SECRET wherever an id belongs."""
    if "$ref" in schema:
        return filled(root["definitions"][schema["$ref"].rpartition("/")[2]], root, path)
    kind = schema.get("type")
    if kind == "object":
        members = schema.get("properties", {})
        return {name: filled(each, root, f"{path}.{name}") for name, each in members.items() if name != "customData"}
    if kind == "array":
        return [filled(schema["items"], root, path)]
    if kind == "string":
        return text(schema, path)
    return {"integer": 1, "number": min(1.5, schema.get("maximum", 1.5)), "boolean": True}[kind] if kind else None


def text(schema, path):
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    contract = "iso15118CertificateHashData" in path or path == "Authorize.certificate"
    if contract or (ID.search(path.rpartition(".")[2]) and not AUTHORITIES.search(path)):
        return SECRET
    return "https://x.example" if schema.get("format") == "uri" else "x"


def everything(*, result):
    return [
        pytest.param(version, action, schema, id=f"{version.value}-{action}")
        for version in Version
        for action in sorted(actions(version))
        if (schema := load(version, action, result=result)) is not None
    ]


def shaper(version):
    return Shaper(Filter(pseudonymise=["idTag", "serial"], measurands="*", every=60), version, b"k" * 32)


@pytest.mark.parametrize(("version", "action", "schema"), everything(result=False))
def test_no_call_has_an_id_left_and_each_is_legal(version, action, schema):
    message = Call(action, json.dumps(filled(schema, schema, action)).encode(), version)
    assert SCHEMAS.check_call(message) is None
    seen = shaper(version).shape(message, 0.0)
    if seen is not None:
        assert SECRET.encode() not in seen.raw
        assert SCHEMAS.check_call(seen) is None
        assert (seen is message) == (SECRET.encode() not in message.raw and action != "NotifyCustomerInformation")


@pytest.mark.parametrize(("version", "action", "schema"), everything(result=True))
def test_no_answer_has_an_id_left_and_each_is_legal(version, action, schema):
    if action == "Get15118EVCertificate":  # an answer of a CSMS, and never the station's
        return
    reply = Reply.result(filled(schema, schema, action))
    seen = shaper(version).answer(action, reply)
    assert SECRET.encode() not in seen.raw
    assert (seen is reply) == (SECRET.encode() not in reply.raw)
