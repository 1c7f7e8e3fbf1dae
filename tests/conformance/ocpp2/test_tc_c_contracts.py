"""C, authorization by the contract certificates of ISO 15118 (Plug and Charge)."""

import pytest
from cases201 import case201
from lab2_kit import id_token
from story2_kit import Charge, booted, nothing_runs
from vehicle_kit import contract, ocsp_data, responder, trusted

from broker.records import Token

EMAID = id_token("DE8ACC12E46L89", "eMAID")
ACCEPTED = {"idTokenInfo": {"status": "Accepted"}, "certificateStatus": "Accepted"}


async def known(lab):
    """The contract is one that the operator has."""
    await lab.records.tokens.put(
        Token(
            id=EMAID["idToken"], type="eMAID", status="Accepted", expires=None, parent=None, parent_type=None, note="",
            language=None, updated_at=0.0, source="api",
        )
    )  # fmt: skip


def options(**more):
    return {"ocpp201.iso15118": {"ocsp": {"allow_private": True}, **more}}


async def charges(lab, station):
    """The transaction of the contract."""
    charge = Charge(lab, station, token=EMAID)
    await charge.ev_connected()
    await charge.authorized(authorize=False)
    await charge.energy_started()
    kept = await charge.runs()
    assert (kept.token, kept.token_type) == (EMAID["idToken"], "eMAID")


def by_hashes(chain, url):
    """The station has checked the chain."""
    return {"iso15118CertificateHashData": [ocsp_data(each, url) for each in chain[:-1]]}


def by_certificate(chain, url):
    """The station could not."""
    return {"certificate": "".join(each.pem for each in chain[:-1])}


def serials(chain):
    """Of all that have an issuer above them."""
    return sorted(one.certificate.serial_number for one in chain[:-1])


@case201(
    "C_50",
    "Authorize with iso15118CertificateHashData: the responder is asked for each; idTokenInfo and certificateStatus "
    "Accepted; the transaction Accepted",
)
async def test_tc_c_50_local_validation_accepted(lab):
    async with responder() as one:
        chain = contract(EMAID["idToken"], one.url)
        one.knows(*chain)
        async with lab.alone(options=options()) as lab, lab.station() as station:
            await known(lab)
            await booted(station)
            assert await station.says("Authorize", idToken=EMAID, **by_hashes(chain, one.url)) == ACCEPTED
            assert sorted(one.asked) == serials(chain)
            await charges(lab, station)


@pytest.mark.parametrize("presented", [by_hashes, by_certificate])
@case201("C_51", "The same, and the responder says revoked: idTokenInfo Invalid, certificateStatus CertificateRevoked")
async def test_tc_c_51_local_validation_rejected(lab, presented):
    async with responder() as one:
        chain = contract(EMAID["idToken"], one.url)
        one.knows(*chain)
        one.revoked.add(chain[0].certificate.serial_number)
        roots = trusted(lab.folder / "roots", chain[-1])
        async with lab.alone(options=options(roots=roots)) as lab, lab.station() as station:
            await known(lab)
            await booted(station)
            told = await station.says("Authorize", idToken=EMAID, **presented(chain, one.url))
            assert told == {"idTokenInfo": {"status": "Invalid"}, "certificateStatus": "CertificateRevoked"}
            assert sorted(one.asked) == serials(chain)
            await nothing_runs(lab)


@case201(
    "C_52",
    "Authorize with the certificate, PEM, and no hashes: the responders that it names are asked for each of its chain; "
    "idTokenInfo and certificateStatus Accepted; the transaction Accepted",
)
async def test_tc_c_52_central_validation_accepted(lab):
    async with responder() as one:
        chain = contract(EMAID["idToken"], one.url)
        one.knows(*chain)
        roots = trusted(lab.folder / "roots", chain[-1])
        async with lab.alone(options=options(roots=roots)) as lab, lab.station() as station:
            await known(lab)
            await booted(station)
            assert await station.says("Authorize", idToken=EMAID, **by_certificate(chain, one.url)) == ACCEPTED
            assert sorted(one.asked) == serials(chain)
            await charges(lab, station)
