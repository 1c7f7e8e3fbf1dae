"""The service that asks for the status of certificates, against a real responder."""

import asyncio

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from ocpp201_pki_kit import DAY, GOOD, NOW, REVOKED, START, UNKNOWN, hash_data, make, pki, responder, response
from ocpp201_pki_kit import revocation_list as crl

from broker.testing import StoppedClock
from plugins.ocpp201.iso15118 import ocsp as ocsp_module
from plugins.ocpp201.iso15118.config import OcspConfig
from plugins.ocpp201.iso15118.ocsp import Ocsp
from plugins.shared.certificate_store import CertificateStore
from plugins.shared.public_web import PublicWeb


@pytest.fixture
async def there():
    async with responder() as one:
        yield one


@pytest.fixture
async def service(tmp_path):
    made = []

    def make_one(*roots, **config):
        folder = tmp_path / "roots"
        folder.mkdir(exist_ok=True)
        for n, root in enumerate(roots):
            (folder / f"{n}.pem").write_text(root.pem)
        options = OcspConfig(**{"allow_private": True, **config})
        one = PublicWeb(allow_private=options.allow_private, seconds=options.timeout)
        counted = []
        found = Ocsp(options, one, CertificateStore(folder), StoppedClock(), counted.append)
        found.counted, found.web, found.clock = counted, one, found._clock
        made.append(one)
        return found

    yield make_one
    for one in made:
        await one.close()


# --- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("says", "status"), [(GOOD, "good"), (REVOKED, "revoked"), (UNKNOWN, "unknown")])
async def test_the_responder_s_word_is_what_counts(there, service, says, status):
    p = pki()
    there.says(p.leaf, says)
    ocsp = service()
    (answer,) = await ocsp.status([hash_data(p.leaf, there.url)])
    assert answer.status == status
    assert answer.next_update == (NOW + DAY).timestamp()
    assert there.asked == [(p.leaf.serial, "application/ocsp-request")]
    assert ocsp.counted == [status]


@pytest.mark.parametrize(("algorithm", "name"), [(hashes.SHA384, "SHA384"), (hashes.SHA512, "SHA512")])
async def test_the_station_s_hash_algorithm_is_used(there, service, algorithm, name):
    p = pki()
    there.says(p.leaf)
    (answer,) = await service(p.sub2).status([hash_data(p.leaf, there.url, algorithm, name)])
    assert answer.status == "good"


async def test_each_certificate_of_a_chain_has_its_answer_in_order(there, service):
    p = pki()
    there.says(p.leaf, GOOD)
    there.says(p.sub2, REVOKED)
    there.says(p.sub1, UNKNOWN)
    answers = await service().status([hash_data(one, there.url) for one in (p.leaf, p.sub2, p.sub1)])
    assert [one.status for one in answers] == ["good", "revoked", "unknown"]


async def test_an_answer_is_remembered_until_its_next_update(there, service):
    p = pki()
    there.says(p.leaf)
    ocsp = service()
    asked = [hash_data(p.leaf, there.url)]
    first = await ocsp.status(asked)
    there.says(p.leaf, response(p.leaf, REVOKED, made_days=1.0, next_days=3.0))
    ocsp.clock.advance(86_399)
    assert await ocsp.status(asked) == first
    ocsp.clock.advance(1)
    assert [one.status for one in await ocsp.status(asked)] == ["revoked"]
    assert len(there.asked) == 2
    assert ocsp.counted == ["good", "good", "revoked"]


async def test_an_answer_is_remembered_for_a_week_at_most(there, service):
    p = pki()
    there.says(p.leaf, response(p.leaf, next_days=30.0))
    ocsp = service()
    for seconds in (0, 7 * 86_400 - 1, 1):
        ocsp.clock.advance(seconds)
        await ocsp.status([hash_data(p.leaf, there.url)])
    assert len(there.asked) == 2


async def test_an_answer_without_next_update_is_asked_for_each_time(there, service):
    p = pki()
    there.says(p.leaf, response(p.leaf, next_days=None))
    ocsp = service()
    for _ in range(2):
        (answer,) = await ocsp.status([hash_data(p.leaf, there.url)])
        assert (answer.status, answer.next_update) == ("good", None)
    assert len(there.asked) == 2


async def test_what_one_responder_has_said_is_not_taken_from_another(there, service):
    """A station names the responder: what its own one says must not become the others' answer."""
    p = pki()
    there.says(p.leaf, GOOD)
    async with responder() as other:
        other.says(p.leaf, REVOKED)
        ocsp = service()
        answers = [await ocsp.status([hash_data(p.leaf, one.url)]) for one in (there, other, there)]
    assert [one.status for (one,) in answers] == ["good", "revoked", "good"]


async def test_only_so_many_answers_are_remembered(there, service):
    p = pki()
    leaves = [make(f"C{n}", p.sub2) for n in range(3)]
    ocsp = service(remembered=2)
    for one in leaves:
        there.says(one)
        await ocsp.status([hash_data(one, there.url)])
    await ocsp.status([hash_data(leaves[1], there.url)])
    assert len(there.asked) == 3
    await ocsp.status([hash_data(leaves[0], there.url)])
    assert len(there.asked) == 4


async def test_a_failure_is_not_remembered(there, service):
    p = pki()
    there.says(p.leaf, b"nonsense")
    ocsp = service()
    assert [one.status for one in await ocsp.status([hash_data(p.leaf, there.url)])] == ["failed"]
    there.says(p.leaf)
    assert [one.status for one in await ocsp.status([hash_data(p.leaf, there.url)])] == ["good"]


@pytest.mark.parametrize(
    "data",
    [None, {}, "x", [], {"responderURL": "http://127.0.0.1/"}, {"hashAlgorithm": "MD5", "responderURL": 5}],
)
async def test_what_names_no_certificate_or_no_responder_fails(service, data):
    assert [one.status for one in await service().status([data])] == ["failed"]


async def test_without_a_responder_there_is_nobody_to_ask(service):
    data = hash_data(pki().leaf, None)
    assert [one.why for one in await service().status([data])] == ["it names no certificate, or nobody to ask"]


async def test_more_than_a_chain_s_certificates_are_not_asked_for(there, service):
    p = pki()
    there.says(p.leaf)
    answers = await service(remembered=0).status([hash_data(p.leaf, there.url)] * 6)
    assert [one.status for one in answers] == ["good"] * 4 + ["failed"] * 2
    assert len(there.asked) == 4


async def test_a_private_address_is_not_asked(there, service):
    p = pki()
    there.says(p.leaf)
    data = [hash_data(p.leaf, url) for url in (there.url, there.url.replace("127.0.0.1", "localhost"))]
    answers = await service(allow_private=False).status(data)
    assert [one.status for one in answers] == ["failed", "failed"]
    assert there.asked == []


async def test_a_responder_that_is_silent_is_not_waited_for(there, service):
    p = pki()
    gate = asyncio.Event()

    async def silent(request):
        await gate.wait()
        return web.Response()

    there.reply = silent
    (answer,) = await service(timeout=0.05).status([hash_data(p.leaf, there.url)])
    gate.set()
    assert (answer.status, answer.why) == ("failed", "no answer in time")


async def test_all_sources_together_have_their_time(there, service, monkeypatch):
    monkeypatch.setattr(ocsp_module, "_PATIENCE", 0.1)
    gate = asyncio.Event()

    async def silent(request):
        await gate.wait()
        return web.Response()

    there.reply = silent
    sources = [("OCSP", there.url)] * 5
    (answer,) = await service(timeout=10).status_at([(hash_data(pki().leaf, ""), sources)])
    gate.set()
    assert (answer.status, answer.why) == ("failed", "no answer in time")


async def test_a_response_that_is_too_large_is_not_read(there, service):
    async def large(request):
        return web.Response(body=b"x" * 65_537)

    there.reply = large
    (answer,) = await service().status([hash_data(pki().leaf, there.url)])
    assert answer.why == "more than 65536 bytes"


async def test_an_issuer_has_to_be_known_where_that_is_wanted(there, service):
    p = pki()
    there.says(p.leaf)
    assert [one.why for one in await service(known_issuers_only=True).status([hash_data(p.leaf, there.url)])] == [
        "the issuer is not known"
    ]
    known = service(p.sub2, known_issuers_only=True)
    assert [one.status for one in await known.status([hash_data(p.leaf, there.url)])] == ["good"]


# --- several sources --------------------------------------------------------------------------------------------------


async def test_the_first_source_that_has_an_answer_is_taken(there, service):
    p = pki()
    there.lists["one"] = crl(p.sub2, p.leaf.serial)
    there.says(p.leaf)
    ocsp = service()
    sources = [("CRL", "http://127.0.0.1:9/none"), ("CRL", f"{there.url}lists/one"), ("OCSP", there.url)]
    (answer,) = await ocsp.status_at([(hash_data(p.leaf, ""), sources)])
    assert (answer.status, answer.der) == ("revoked", None)
    assert there.asked == [("one", "GET")]
    assert ocsp.counted == ["revoked"]


# --- chain ------------------------------------------------------------------------------------------------------------


async def test_a_contract_is_good_where_every_responder_says_so(there, service):
    p = pki(there.url)
    for one in (p.leaf, p.sub2, p.sub1):
        there.says(one)
    assert await service(p.root).chain(p.chain) == "Accepted"
    assert {serial for serial, _ in there.asked} == {p.leaf.serial, p.sub2.serial, p.sub1.serial}


@pytest.mark.parametrize(
    ("status", "word"),
    [(REVOKED, "CertificateRevoked"), (UNKNOWN, "CertChainError"), (b"nonsense", "CertChainError")],
)
@pytest.mark.parametrize("which", ["leaf", "sub2", "sub1"])
async def test_one_that_is_not_good_spoils_the_chain(there, service, which, status, word):
    p = pki(there.url)
    for one in (p.leaf, p.sub2, p.sub1):
        there.says(one)
    there.says(getattr(p, which), status)
    assert await service(p.root).chain(p.chain) == word


async def test_a_response_for_a_chain_is_signed_by_its_issuer(there, service):
    p, other = pki(there.url), pki()
    for one in (p.sub2, p.sub1):
        there.says(one)
    there.says(p.leaf, response(p.leaf, by=other.sub2))
    assert await service(p.root).chain(p.chain) == "CertChainError"


async def test_a_chain_without_responders_is_taken_by_its_signatures(there, service):
    p = pki()
    assert await service(p.root).chain(p.chain) == "Accepted"
    assert there.asked == []


async def test_a_revocation_list_is_read_where_the_responder_fails(there, service):
    p = pki()
    leaf = make("DEEXAC00000002", p.sub2, ocsp_url="http://127.0.0.1:9/", crl_url=f"{there.url}lists/sub2")
    there.lists["sub2"] = crl(p.sub2, leaf.serial)
    assert await service(p.root).chain(leaf.pem + p.sub2.pem + p.sub1.pem) == "CertificateRevoked"
    there.lists["sub2"] = crl(p.sub2)
    assert await service(p.root).chain(leaf.pem + p.sub2.pem + p.sub1.pem) == "Accepted"


async def test_a_chain_to_nowhere_is_no_chain_and_nobody_is_asked(there, service):
    p = pki(there.url)
    assert await service().chain(p.chain) == "CertChainError"
    assert await service(pki().root).chain("") == "NoCertificateAvailable"
    assert there.asked == []


async def test_what_has_expired_is_not_asked_for(there, service):
    p = pki(there.url, days=(-30, -1))
    assert await service(p.root).chain(p.chain) == "CertificateExpired"
    assert (there.asked, START) == ([], NOW.timestamp())
