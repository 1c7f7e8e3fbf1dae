"""Faults of what somebody has sent."""

from broker.config.faults import checked
from broker.config.retention import Retention
from broker.config.stations import Station


def test_what_is_good_is_the_model():
    assert checked(Retention, {"messages": "2d"}) == Retention(messages=2 * 86400)


def test_every_fault_has_its_path_and_no_value():
    found = checked(Station, {"identity": "", "pasword": "SECRET", "security_profile": 7, "tags": {"a": []}})
    assert [path for path, _ in found] == ["identity", "security_profile", "tags.a", "pasword"]
    assert "SECRET" not in str(found)


def test_a_document_that_is_no_mapping_has_one_fault():
    assert checked(Retention, []) == [("", "a mapping of keys to values")]
