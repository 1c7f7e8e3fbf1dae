"""The schemas of bodies and answers."""

import jsonschema_rs
import pytest

from broker.server.admin.shapes import SCHEMAS


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one(name: str) -> None:
    jsonschema_rs.validator_for({"components": {"schemas": SCHEMAS}, **SCHEMAS[name]})
