"""The schemas of registrations and tokens say what the handlers take."""

from typing import Any

import jsonschema
import pytest

from broker.config.tokens import TokenEntry
from broker.records import Registration, Token
from broker.server.admin.registrations import Order, shown
from broker.server.admin.shapes_registrations import REGISTRATIONS
from broker.server.admin.tokens import shown as token_shown


def valid(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": REGISTRATIONS}}
    validator = jsonschema.Draft202012Validator(schema)
    return bool(validator.is_valid(value))


def test_the_members_are_those_that_are_taken() -> None:
    assert set(REGISTRATIONS["RegistrationOrder"]["properties"]) == set(Order.model_fields)
    assert set(REGISTRATIONS["TokenEntry"]["properties"]) == set(TokenEntry.model_fields)
    assert set(REGISTRATIONS["TokenRow"]["properties"]) == {"id", *TokenEntry.model_fields}


def test_answers_are_as_described() -> None:
    registration = Registration(identity="CP1", password="sha256$x$y", security_profile=2, boot="pending")
    assert valid("Registration", shown(registration))
    assert valid("Registration", shown(Registration(identity="CP1")))
    token = token_shown(Token(id="A", expires=1.0, parent="G", evses={"CP1": [1]}, credit=0.0, updated_at=2.0))
    assert valid("Token", token)
    assert valid("Tokens", {"tokens": [token], "next": "A"})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("RegistrationOrder", {"password": None, "boot": "pending"}, {"boot": "maybe"}),
        ("RegistrationOrder", {}, {"pasword": "x"}),
        ("TokenEntry", {"status": "Blocked"}, {"status": "blocked"}),
        ("TokenEntry", {"evses": {"CP001": [1]}, "priority": -9, "credit": 0}, {"evses": {"CP001": [0]}}),
        ("TokenRows", [{"id": "A", "expires": "2027-01-31T12:00:00Z"}], [{"status": "Blocked"}]),
        ("ImportedTokens", {"tokens": 1, "imported": 0}, {"tokens": 1}),
    ],
)
def test_bodies_are_as_described(name: str, good: Any, bad: Any) -> None:
    assert valid(name, good)
    assert not valid(name, bad)
