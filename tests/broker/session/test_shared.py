"""What all sessions share."""

from itertools import pairwise

from session_kit import rig

from broker.config import loads
from broker.ocpp import Version


async def test_no_two_connections_have_the_same_message_ids_not_even_after_a_restart():
    async with rig() as r:
        prefixes = [r.shared.prefix() for _ in range(2000)]
    assert len(set(prefixes)) == 2000
    assert max(map(len, prefixes)) <= 20
    assert not any(a != b and a.startswith(b) for a, b in pairwise(prefixes))
    async with rig() as other:
        assert other.shared.prefix() not in prefixes


async def test_what_follows_from_the_configuration_is_derived_anew():
    async with rig(limits="json_depth: 8, message_bytes: 2048") as r:
        assert (r.shared.frame_limits.depth, r.shared.frame_limits.bytes) == (8, 2048)
        r.shared.config = loads("limits: {json_depth: 16, message_bytes: 4096}")
        assert r.shared.frame_limits.depth == 8
        r.shared.refresh()
        assert (r.shared.frame_limits.depth, r.shared.frame_limits.bytes) == (16, 4096)


async def test_labels_are_the_actions_of_the_versions_own_schemas():
    async with rig() as r:
        labels = r.shared.labels
        assert set(labels) == set(Version)
        assert "StartTransaction" in labels[Version.V16]
        assert "StartTransaction" not in labels[Version.V201]
        assert "TransactionEvent" in labels[Version.V21]
        assert "VendorThing" not in labels[Version.V16]
        r.shared.schemas.add(Version.V16, "VendorThing", {"type": "object"}, None)
        r.shared.refresh()
        assert "VendorThing" in r.shared.labels[Version.V16]
        assert "VendorThing" not in r.shared.labels[Version.V201]
