"""GetCertificateChainStatus (M07), by OCSP and by revocation lists."""

import pytest

from broker.api import Direction
from broker.testing import Harness, harness
from plugins.ocpp21.iso15118.plugin import Iso15118
from plugins.ocpp201.iso15118.plugin import Iso15118 as Iso15118Of201
from tests.plugins.ocpp201.ocpp201_pki_kit import GOOD, REVOKED, UNKNOWN, hash_data, pki, responder, revocation_list

V21 = "ocpp2.1"
ACTION = "GetCertificateChainStatus"
TODAY, TOMORROW = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@pytest.fixture
async def there():
    async with responder() as one:
        yield one


@pytest.fixture
async def h():
    one = Harness((Iso15118Of201, {"ocsp": {"allow_private": True}}), (Iso15118, {}))
    await one.ready()
    await one.plugins.start(None)
    yield one
    await one.stop()


def asked(made, *urls, source="OCSP"):
    data = hash_data(made, "")
    data.pop("responderURL")
    return {"certificateHashData": data, "source": source, "urls": list(urls)}


async def statuses(h, *requests):
    reply = await h.call(V21, ACTION, {"certificateStatusRequests": list(requests)})
    rows = reply.payload["certificateStatus"]
    assert [row["certificateHashData"] for row in rows] == [one["certificateHashData"] for one in requests]
    return [(row["source"], row["status"], row["nextUpdate"]) for row in rows]


def test_it_owns_what_2_0_1_does_not_have():
    (owned,) = harness(Iso15118).plugins._loaded["ocpp21.iso15118"].instance.register_actions()
    assert (owned.version, owned.name, owned.direction) == (V21, ACTION, Direction.FROM_STATION)


async def test_each_certificate_has_its_status_in_order(h, there):
    p = pki()
    there.says(p.leaf, REVOKED)
    there.says(p.sub1, UNKNOWN)
    there.lists["one"] = revocation_list(p.sub1, next_days=3.0)
    found = await statuses(
        h,
        asked(p.leaf, there.url),
        asked(p.sub2, f"{there.url}lists/one", source="CRL"),
        asked(p.sub1, there.url),
    )
    assert found == [
        ("OCSP", "Revoked", TOMORROW),
        ("CRL", "Good", "2026-01-04T00:00:00Z"),
        ("OCSP", "Unknown", TOMORROW),
    ]


async def test_the_next_url_is_asked_where_one_fails(h, there):
    p = pki()
    there.says(p.leaf, GOOD)
    assert await statuses(h, asked(p.leaf, "http://127.0.0.1:9/", "nonsense", there.url)) == [
        ("OCSP", "Good", TOMORROW)
    ]


async def test_what_could_not_be_asked_may_be_asked_again_at_once(h):
    assert await statuses(h, asked(pki().leaf, "http://127.0.0.1:9/")) == [("OCSP", "Failed", TODAY)]


async def test_a_status_is_not_good_until_a_time_that_has_passed(h, there):
    p = pki()
    there.lists["one"] = revocation_list(p.sub2, made_days=-1.0, next_days=-0.001)
    (found,) = await statuses(h, asked(p.leaf, f"{there.url}lists/one", source="CRL"))
    assert found == ("CRL", "Good", TODAY)


async def test_without_the_plugin_that_asks_each_has_failed():
    one = harness(Iso15118)
    assert await statuses(one, asked(pki().leaf, "http://127.0.0.1:9/")) == [("OCSP", "Failed", TODAY)]


async def test_a_stranger_s_service_may_know_no_lists():
    one = harness(Iso15118)
    one.plugins._loaded["ocpp21.iso15118"].instance.shared["ocpp201.ocsp"] = object()
    assert await statuses(one, asked(pki().leaf, "http://127.0.0.1:9/")) == [("OCSP", "Failed", TODAY)]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"certificateStatusRequests": 5},
        {"certificateStatusRequests": []},
        {"certificateStatusRequests": [None, {}, 5]},
    ],
)
async def test_what_names_no_certificate_is_an_error(h, payload):
    reply = await h.call(V21, ACTION, payload)
    assert (reply.is_result, reply.code) == (False, "OccurrenceConstraintViolation")


@pytest.mark.parametrize("change", [{"urls": None}, {"urls": [5, None]}, {"source": "Rumour"}, {"source": 5}])
async def test_a_station_may_send_anything(h, there, change):
    p = pki()
    there.says(p.leaf)
    assert await statuses(h, {**asked(p.leaf, there.url), **change}) == [("OCSP", "Failed", TODAY)]


async def test_more_than_a_chain_and_more_urls_than_five_are_not_asked(h, there):
    p = pki()
    there.says(p.leaf)
    requests = [asked(p.leaf, *["http://127.0.0.1:9/"] * 5, there.url)] * 6
    reply = await h.call(V21, ACTION, {"certificateStatusRequests": requests})
    assert [row["status"] for row in reply.payload["certificateStatus"]] == ["Failed"] * 4
    assert there.asked == []
