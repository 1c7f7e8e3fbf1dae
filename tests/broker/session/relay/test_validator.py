"""What is refused, what is counted and passed, and what is not looked at."""

from types import SimpleNamespace

import pytest

from broker.config import Route
from broker.hooks import Direction
from broker.metrics import Metrics
from broker.ocpp import Call, Reply, Schemas, Version
from broker.session.relay.validator import Validator

UP, DOWN = Direction.FROM_STATION, Direction.TO_STATION


def validator(validation):
    metrics = Metrics()
    route = Route(match={}, primary="local", validation=validation)
    return Validator(route, Version.V16, SimpleNamespace(schemas=Schemas(), metrics=metrics)), metrics


def call(action, payload):
    return Call.of(action, payload, version=Version.V16)


@pytest.mark.parametrize(
    ("mode", "refused", "counted"), [("strict", True, 1), ("lenient", False, 1), ("off", False, 0)]
)
def test_a_call_against_its_schema(mode, refused, counted):
    looks, metrics = validator(mode)
    assert (looks.call(UP, call("Authorize", {})) is not None) is refused
    assert sum(metrics._violations.values()) == counted


@pytest.mark.parametrize(
    ("mode", "refused", "counted"), [("strict", True, 1), ("lenient", False, 1), ("off", False, 0)]
)
def test_an_answer_against_its_schema_counts_for_the_way_it_goes(mode, refused, counted):
    looks, metrics = validator(mode)
    assert (looks.result(UP, "Authorize", Reply.result({})) is not None) is refused
    assert sum(n for (_, direction, _), n in metrics._violations.items() if direction == DOWN) == counted


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction", "MeterValues"])
def test_a_transaction_message_is_counted_and_never_refused(action):
    looks, metrics = validator("strict")
    assert looks.call(UP, call(action, {})) is None
    assert sum(metrics._violations.values()) == 1


def test_each_direction_has_its_own_level():
    looks, _ = validator({"from_station": "off", "to_station": "strict"})
    assert looks.call(UP, call("Authorize", {})) is None
    assert looks.call(DOWN, call("Reset", {})) is not None


def test_what_is_right_and_what_is_unknown_passes():
    looks, metrics = validator("strict")
    assert looks.call(UP, call("Authorize", {"idTag": "A"})) is None
    assert looks.call(UP, call("VendorThing", {"x": 1})) is None
    assert looks.result(UP, "Authorize", Reply.error("GenericError")) is None
    assert not metrics._violations
