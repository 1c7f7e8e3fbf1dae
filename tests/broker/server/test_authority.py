"""The certificate authority of the configuration: what it signs, the door accepts."""

import asyncio
import shutil
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from door_kit import connect, eventually, handshake, house, status

import certs
from broker.config.authority import Authority
from broker.hooks import AuthorityRefused
from broker.server import authority
from broker.server.authority import StationAuthority, authority_of


def request(name="CP001", key=None):
    """A key, and the request of a station for it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return key, csr.public_bytes(Encoding.PEM).decode()


def made(pki, serial_numbers=None, **section):
    return authority_of(Authority(directory=pki.folder, **section), (serial_numbers or {}).get)


def leaf(chain):
    return x509.load_pem_x509_certificate(chain.encode())


async def test_a_certificate_is_signed_for_the_key_of_the_request(pki):
    key, csr = request()
    chain = await made(pki).sign("CP001", csr)
    assert leaf(chain).public_key() == key.public_key()
    assert chain.endswith("-----END CERTIFICATE-----\n")
    assert "\r" not in chain


async def test_lifetime_and_organization_are_those_of_the_section(pki):
    found = leaf(await made(pki, lifetime_days=30, organization="Other CPO").sign("CP001", request()[1]))
    assert found.subject.rfc4514_string() == "CN=CP001,O=Other CPO"
    days = (found.not_valid_after_utc - found.not_valid_before_utc).total_seconds() / 86_400
    assert 29 < days - certs.lifetimes.BACKDATING.days < 31


async def test_the_organization_is_that_of_the_ca_by_default(pki):
    ca = leaf(pki.layout.station_ca.certificate.read_text())
    organization = ca.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    found = leaf(await made(pki).sign("CP001", request()[1]))
    assert found.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == organization


async def test_the_name_is_the_registered_serial_number(pki):
    signing = made(pki, {"CP001": "SN-1"})
    assert "CN=SN-1" in leaf(await signing.sign("CP001", request("SN-1")[1])).subject.rfc4514_string()
    with pytest.raises(AuthorityRefused, match="the station's is SN-1"):
        await signing.sign("CP001", request("CP001")[1])


async def test_nobody_gets_another_station_s_name(pki):
    with pytest.raises(AuthorityRefused, match="asks for CN=CP002, but the station's is CP001"):
        await made(pki).sign("CP001", request("CP002")[1])


@pytest.mark.parametrize("csr", ["", "x", "\ud800", "é", request()[1][:120]])
async def test_what_is_no_request_is_refused(pki, csr):
    with pytest.raises(AuthorityRefused, match="no certificate request"):
        await made(pki).sign("CP001", csr)


async def test_a_weak_key_is_refused(pki):
    weak = rsa.generate_private_key(65537, 1024)
    with pytest.raises(AuthorityRefused, match="1024 bits"):
        await made(pki).sign("CP001", request(key=weak)[1])


async def test_a_folder_without_ca_refuses_and_is_not_available(tmp_path, pki):
    empty = authority_of(Authority(directory=tmp_path / "none"), {}.get)
    assert not empty.available
    assert await empty.root() is None
    with pytest.raises(AuthorityRefused, match="certs init"):
        await empty.sign("CP001", request()[1])
    assert made(pki).available
    pki.layout.station_ca.key.unlink()
    assert not made(pki).available


async def test_the_root_is_the_one_that_stations_trust_for_the_broker(pki):
    assert await made(pki).root() == pki.layout.root_ca.certificate.read_text()
    pki.layout.root_ca.certificate.write_bytes(b"\xff")
    assert await made(pki).root() is None


async def test_without_a_section_everything_is_refused():
    with pytest.raises(AuthorityRefused):
        await authority_of(None, {}.get).sign("CP001", request()[1])


async def test_requests_are_signed_one_after_another_off_the_loop(pki, monkeypatch):
    running, most, threads = 0, 0, set()
    real = authority.sign_station

    def watched(*args, **options):
        nonlocal running, most
        running += 1
        most = max(most, running)
        threads.add(threading.get_ident())
        try:
            return real(*args, **options)
        finally:
            running -= 1

    monkeypatch.setattr(authority, "sign_station", watched)
    signing = made(pki)
    names = [f"CP{n}" for n in range(8)]
    chains = await asyncio.gather(*(signing.sign(name, request(name)[1]) for name in names))
    assert [leaf(chain).subject.rfc4514_string().split(",")[0] for chain in chains] == [f"CN={n}" for n in names]
    assert most == 1
    assert threading.get_ident() not in threads


async def test_a_disk_that_fails_is_no_refusal(pki, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(authority, "sign_station", full)
    with pytest.raises(OSError, match="No space"):
        await made(pki).sign("CP001", request()[1])


def station_context(pki, key, chain, folder):
    certificate, secret = folder / "own.pem", folder / "own.key"
    certificate.write_text(chain)
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = pki.client()
    context.load_cert_chain(certificate, secret)
    return context


async def test_what_it_signs_opens_the_door_of_security_profile_3(pki, tmp_path):
    key, csr = request()
    chain = await made(pki).sign("CP001", csr)
    async with house(pki.listener([3]), stations=[{"identity": "CP001"}, {"identity": "CP002"}]) as h:
        client = station_context(pki, key, chain, tmp_path)
        connection = await connect(h.port, tls=client, name="localhost")
        assert await connection.echo() == "hello"
        await connection.close()
        assert h.sessions.served[0].security_profile == 3
        assert await status(h.port, handshake("/ocpp/CP002"), tls=client, name="localhost") == 403


async def test_a_renewed_certificate_is_ended_by_the_crl_like_any_other(pki, tmp_path):
    signing = made(pki)
    old_key, csr = request()
    old = await signing.sign("CP001", csr)
    new_key, csr = request()
    new = await signing.sign("CP001", csr)
    certs.revoke(pki.folder, serial=leaf(old).serial_number)
    async with house(pki.listener([3]), stations=[{"identity": "CP001"}]) as h:
        fresh = station_context(pki, new_key, new, tmp_path)
        assert await status(h.port, handshake(), tls=fresh, name="localhost") == 101
        stale = station_context(pki, old_key, old, tmp_path)
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await status(h.port, handshake(), tls=stale, name="localhost")
        await eventually(lambda: h.refused("certificate") == 1)


async def test_a_serial_number_that_is_registered_opens_the_door(pki, tmp_path):
    key, csr = request("SN-1")
    chain = await made(pki, {"CP001": "SN-1"}).sign("CP001", csr)
    async with house(pki.listener([3]), stations=[{"identity": "CP001", "serial_number": "SN-1"}]) as h:
        client = station_context(pki, key, chain, tmp_path)
        assert await status(h.port, handshake(), tls=client, name="localhost") == 101


async def test_the_ledger_knows_what_was_signed(pki):
    chain = await made(pki).sign("CP001", request()[1])
    issued = certs.ledger.read(pki.layout.ledger).issued
    assert (issued[-1].identity, issued[-1].serial) == ("CP001", leaf(chain).serial_number)


async def test_a_ca_that_was_replaced_counts_at_once(pki, tmp_path):
    signing = made(pki)
    await signing.sign("CP001", request()[1])
    other = certs.init(tmp_path / "other", organization="Example CPO")
    for name in ("station-ca.pem", "station-ca.key"):
        shutil.copy(other.directory / name, pki.folder / name)
    chain = await signing.sign("CP001", request()[1])
    leaf(chain).verify_directly_issued_by(leaf(other.station_ca.certificate.read_text()))


def test_it_is_the_folder_s_authority(pki):
    assert isinstance(made(pki), StationAuthority)
