"""The body that names dead letters is described as strictly as it is taken."""

from typing import Any

import jsonschema_rs
import pytest
from test_admin_dead import FAULTS

from broker.server.admin.shapes_backends import BACKENDS

LETTERS = jsonschema_rs.validator_for(BACKENDS["Letters"])


@pytest.mark.parametrize("body", [body for body, _ in FAULTS if body != {"ids": [7.0]}])
def test_what_is_refused_is_against_the_schema(body: Any) -> None:
    """7.0 is an integer to JSON Schema, and not to us."""
    assert not LETTERS.is_valid(body)


@pytest.mark.parametrize(
    "body", [{"ids": [1]}, {"identity": "a"}, {"upstream": "b"}, {"identity": "a", "upstream": "b"}]
)
def test_what_is_taken_fits_the_schema(body: Any) -> None:
    assert LETTERS.is_valid(body)
