"""A station's own certificate: SignCertificate, the signing, CertificateSigned, and the operation that asks for it."""

import asyncio
import logging

import pytest
from cryptography import x509
from security_kit import (
    V16,
    Ca,
    ask,
    chains,
    jobs,
    outcomes,
    own,
    pending,
    plugin,
    request,
    said,
    same_key,
    security,
    until,
)

from broker.api import AuthorityRefused, BasePlugin, CallTimeout, Direction, NotConnected, on_reply
from broker.testing import Harness
from plugins.ocpp16.security import Security
from plugins.shared import certificate_signing

START = 1_767_225_600.0  # of the stopped clock


@pytest.fixture
def ca(tmp_path):
    return Ca(tmp_path / "pki")


@pytest.fixture
def no_pauses(monkeypatch):
    monkeypatch.setattr(certificate_signing, "_PAUSES", (0.0, 0.0))


async def test_a_request_is_accepted_and_its_certificate_follows_by_itself(ca):
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        csr = request()
        assert await ask(h, csr) == "Accepted"
        await until(lambda: outcomes(h))
        (chain,) = chains(h)
        assert same_key(chain, csr)
        assert chain.startswith("-----BEGIN CERTIFICATE-----\n")
        assert chain.endswith("-----END CERTIFICATE-----\n")
        assert outcomes(h) == {"accepted": 1}


class Slow(BasePlugin):
    """Keeps the answer to SignCertificate from going out for a while."""

    @on_reply(V16, "SignCertificate")
    async def wait(self, session, call, reply):
        await asyncio.sleep(0.02)
        self.shared["sent by then"] = list(session.sent)


class Prompt:
    """Signs at once."""

    async def sign(self, identity, csr):
        return "chain"


async def test_the_certificate_does_not_overtake_the_answer():
    h = Harness((Security, {}), (Slow, {}))
    await h.ready()
    h.contexts.authority = Prompt()
    assert await ask(h, request()) == "Accepted"
    assert plugin(h).shared["sent by then"] == []
    await until(lambda: chains(h))
    await h.stop()


async def test_what_the_station_has_taken_is_recorded(ca):
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        await ask(h, request())
        await until(lambda: outcomes(h))
        (row,) = await own(h)
        leaf = x509.load_pem_x509_certificate(chains(h)[0].encode())
        assert row.key == f"station:{leaf.serial_number:x}"
        assert row.serial_number == f"{leaf.serial_number:x}"
        assert (row.status, row.subject, row.pem) == ("Accepted", "CN=CP001,O=Example CPO", chains(h)[0])
        assert row.not_after == leaf.not_valid_after_utc.timestamp()
        assert await pending(h) == {}


async def test_what_the_station_rejects_is_recorded_and_told(ca, caplog):
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Rejected")
        await ask(h, request())
        await until(lambda: outcomes(h))
        assert outcomes(h) == {"rejected": 1}
        assert [row.status for row in await own(h)] == ["Rejected"]
        assert "CP001: does not take its new certificate: Rejected" in caplog.text
        await until(lambda: not jobs(h))
        assert await pending(h) == {}


@pytest.mark.parametrize("csr", ["", "x", "\ud800", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END"])
async def test_what_is_no_request_is_rejected(ca, csr):
    async with security(ca) as h:
        assert await ask(h, csr) == "Rejected"
        assert outcomes(h) == {"unreadable": 1}
        assert ca.asked == []


async def test_without_an_authority_a_request_is_rejected():
    async with security() as h:
        assert await ask(h, request()) == "Rejected"
        assert outcomes(h) == {"refused": 1}
        assert await pending(h) == {}


async def test_a_plugin_s_authority_takes_the_place_of_the_configured_one(ca):
    class Other:
        async def sign(self, identity, csr):
            return f"{identity} was here"

    async with security(ca) as h:
        plugin(h).shared["authority"] = Other()
        assert await ask(h, request()) == "Accepted"
        await until(lambda: chains(h))
        assert chains(h) == ["CP001 was here"]
        assert ca.asked == []


async def test_what_the_authority_refuses_is_asked_once_and_told(ca, caplog):
    async with security(ca) as h:
        assert await ask(h, request("CP002")) == "Accepted"
        await until(lambda: outcomes(h))
        assert outcomes(h) == {"refused": 1}
        assert len(ca.asked) == 1
        assert chains(h) == []
        assert "CN=CP002, but the station's is CP001" in caplog.text
        assert await pending(h) == {}


@pytest.mark.parametrize("signed", ["x" * 10_001, "", None, b"chain"])
async def test_a_chain_that_no_message_holds_is_a_refusal(signed):
    class Odd:
        async def sign(self, identity, csr):
            return signed

    async with security(Odd()) as h:
        await ask(h, request())
        await until(lambda: outcomes(h))
        assert outcomes(h) == {"refused": 1}


async def test_an_authority_that_fails_is_asked_again(ca, no_pauses):
    ca.fails = [OSError("down"), ZeroDivisionError()]
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        await ask(h, request())
        await until(lambda: "accepted" in outcomes(h))
        assert outcomes(h) == {"failed": 2, "accepted": 1}
        assert len(ca.asked) == 3


async def test_an_authority_that_never_answers_counts_as_failed(ca, no_pauses, monkeypatch):
    monkeypatch.setattr(certificate_signing, "_PATIENCE", 0.01)
    ca.gate = asyncio.Event()
    async with security(ca) as h:
        await ask(h, request())
        await until(lambda: outcomes(h) == {"failed": 3})
        assert len(ca.asked) == 3


async def test_what_could_not_be_signed_is_signed_when_the_station_is_back(ca, no_pauses):
    ca.fails = [OSError("down")] * 3
    async with security(ca) as h:
        csr = request()
        await ask(h, csr)
        await until(lambda: outcomes(h) == {"failed": 3})
        await until(lambda: not jobs(h))
        assert chains(h) == []
        h.plugins.session_opened(h.session(V16))
        await until(lambda: chains(h))
        assert same_key(chains(h)[0], csr)


async def test_a_station_that_left_is_told_when_it_is_back_and_signed_for_once(ca):
    async with security(ca) as h:
        left = [NotConnected("gone"), CallTimeout("late")]

        def leaves(payload):
            if left:
                raise left.pop(0)
            return said("Accepted")

        h.session(V16).replies["CertificateSigned"] = leaves
        await ask(h, request())
        for n in (1, 2, 3):
            await until(lambda n=n: len(chains(h)) == n and not jobs(h))
            h.plugins.session_opened(h.session(V16))
            h.plugins.session_closed(h.session(V16), "test")
            await h.plugins._notices.settle()
        assert len(set(chains(h))) == 1
        assert len(ca.asked) == 1
        assert len(chains(h)) == 3
        assert await pending(h) == {}


async def test_a_promise_outlives_the_broker(ca):
    csr = request()
    async with security(ca, promised={"csr": csr, "at": START - 86_399}) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        h.plugins.session_opened(h.session(V16))
        await until(lambda: chains(h) and not jobs(h))
        assert same_key(chains(h)[0], csr)
        assert await pending(h) == {}


async def test_a_certificate_that_was_signed_before_is_not_signed_again(ca):
    async with security(ca, promised={"csr": request(), "at": START, "chain": "signed"}) as h:
        h.plugins.session_opened(h.session(V16))
        await until(lambda: chains(h))
        assert (chains(h), ca.asked) == (["signed"], [])


async def test_a_promise_that_is_gone_meanwhile_is_nothing(ca):
    async with security(ca) as h:
        plugin(h)._promised["CP001"] = {"ChargePointCertificate"}
        h.plugins.session_opened(h.session(V16))
        await h.plugins._notices.settle()
        assert (ca.asked, plugin(h)._promised) == ([], {})


async def test_a_station_that_was_promised_nothing_costs_no_look_at_the_disk(ca, monkeypatch):
    async with security(ca) as h:
        monkeypatch.setattr(h.records.documents, "get", None)
        h.plugins.session_opened(h.session(V16))
        await h.plugins._notices.settle()
        assert h.plugins.stats["ocpp16.security"].errors == 0


@pytest.mark.parametrize("answers", ["main", "local"])
async def test_a_promise_is_kept_for_a_day_and_only_where_the_local_csms_answers(ca, answers):
    async with security(ca, promised={"csr": request(), "at": START - 86_401}) as h:
        h.session(V16).answers = answers
        h.plugins.session_opened(h.session(V16))
        await h.plugins._notices.settle()
        assert ca.asked == []
        assert bool(await pending(h)) is (answers == "main")


async def test_the_same_request_again_is_no_second_one(ca):
    ca.gate = asyncio.Event()
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        csr = request()
        assert [await ask(h, csr) for _ in range(3)] == ["Accepted"] * 3
        ca.gate.set()
        await until(lambda: outcomes(h))
        assert len(ca.asked) == 1
        assert len(chains(h)) == 1


async def test_a_station_has_one_request_at_a_time(ca):
    ca.gate = asyncio.Event()
    async with security(ca, sign_interval=0) as h:
        assert [await ask(h, request()) for _ in range(3)] == ["Accepted", "Rejected", "Rejected"]
        assert outcomes(h) == {"limited": 2}
        ca.gate.set()
        await until(lambda: chains(h))
        await until(lambda: not jobs(h))
        assert await ask(h, request()) == "Accepted"


async def test_requests_have_their_interval_over_connections_too(ca):
    async with security(ca, sign_interval=30) as h:
        assert await ask(h, request()) == "Accepted"
        await until(lambda: chains(h) and not jobs(h))
        h.session(V16).state.clear()
        h.clock.advance(29)
        assert await ask(h, request()) == "Rejected"
        h.clock.advance(1)
        assert await ask(h, request()) == "Accepted"


async def test_only_the_latest_certificates_of_a_station_are_kept(ca):
    async with security(ca, sign_interval=0) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        for n in range(1, 13):
            h.clock.advance(1)
            await ask(h, request())
            await until(lambda n=n: outcomes(h).get("accepted") == n and not jobs(h))
        rows = await own(h)
        kept = {row.pem for row in rows}
        assert len(rows) == 10
        assert kept == set(chains(h)[-10:])


async def test_a_certificate_that_is_sent_again_is_not_taken_for_an_old_one(ca):
    async with security(ca) as h:
        made = [await ca.sign("CP001", request()) for _ in range(10)]
        for chain in (*made, made[0]):
            h.clock.advance(1)
            payload = {"certificateChain": chain}
            await h.reply(V16, "CertificateSigned", payload, said("Accepted"), direction=Direction.TO_STATION)
        assert {row.pem for row in await own(h)} == set(made)


# --- relay mode -------------------------------------------------------------------------------------------------------


async def test_what_an_upstream_has_answered_is_its_own_to_sign(ca):
    async with security(ca) as h:
        h.session(V16).answers = "main"
        await h.reply(V16, "SignCertificate", {"csr": request()}, said("Accepted"))
        await asyncio.sleep(0.02)
        assert (ca.asked, chains(h), await pending(h)) == ([], [], {})


async def test_a_certificate_from_an_upstream_is_recorded(ca):
    async with security(ca) as h:
        chain = await ca.sign("CP001", request())
        payload = {"certificateChain": chain}
        await h.reply(V16, "CertificateSigned", payload, said("Accepted"), direction=Direction.TO_STATION)
        assert [row.status for row in await own(h)] == ["Accepted"]


async def test_an_answer_that_another_plugin_has_changed_is_no_promise(ca):
    async with security(ca) as h:
        h.session(V16).state["ocpp16.security"] = {"certificate request": request()}
        await h.reply(V16, "SignCertificate", {"csr": "x"}, said("Rejected"))
        assert jobs(h) == {}
        assert h.session(V16).state["ocpp16.security"] == {}


@pytest.mark.parametrize("chain", ["", "garbage", 5])
async def test_a_chain_that_cannot_be_read_is_counted_all_the_same(ca, chain):
    async with security(ca) as h:
        payload = {"certificateChain": chain}
        await h.reply(V16, "CertificateSigned", payload, said("Accepted"), direction=Direction.TO_STATION)
        assert outcomes(h) == {"accepted": 1}
        assert await own(h) == []


async def test_no_certificate_request_is_logged_in_full(ca, caplog):
    with caplog.at_level(logging.DEBUG):
        async with security(ca) as h:
            ca.fails = [AuthorityRefused("no")]
            csr = request()
            await ask(h, csr)
            await until(lambda: outcomes(h))
    assert csr.splitlines()[1] not in caplog.text
