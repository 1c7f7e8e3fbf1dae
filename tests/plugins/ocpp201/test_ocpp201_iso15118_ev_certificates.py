"""Contract certificates for vehicles: what a provider is asked, and what its answers become."""

import asyncio

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.iso15118.config import ProviderConfig
from plugins.ocpp201.iso15118.ev_certificates import HttpProvider, ProviderFailed, refused, result

V201, V21 = "ocpp2.0.1", "ocpp2.1"
ASKED = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install", "exiRequest": "gJgCAQ=="}


class Server:
    """Notes what is asked, and answers as told."""

    def __init__(self):
        self.url = ""
        self.asked = []
        self.reply = lambda: web.json_response({"status": "Accepted", "exiResponse": "gJg="})

    async def handle(self, request):
        self.asked.append((await request.json(), request.headers.get("Authorization")))
        found = self.reply()
        return await found if asyncio.iscoroutine(found) else found


@pytest.fixture
async def server():
    one = Server()
    app = web.Application()
    app.router.add_post("/", one.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield one
    await runner.cleanup()


@pytest.fixture
async def provider(server):
    made = []

    def make(**options):
        made.append(HttpProvider(ProviderConfig.model_validate({"url": server.url, **options})))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_it_is_asked_with_the_members_of_the_message_and_its_headers(server, provider):
    payload = {**ASKED, "maximumContractCertificateChains": 3, "prioritizedEMAIDs": ["DEEXA1"]}
    answer = await provider(headers={"Authorization": "Bearer x"}).ask({**payload, "customData": {"vendorId": "x"}})
    assert answer == {"status": "Accepted", "exiResponse": "gJg="}
    assert server.asked == [(payload, "Bearer x")]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (lambda: web.Response(status=500), "HTTP status 500"),
        (lambda: web.Response(status=302, headers={"Location": "/x"}), "HTTP status 302"),
        (lambda: web.Response(body=b"nonsense"), "no JSON"),
        (lambda: web.Response(body=b"\xff\xfe"), "no JSON"),
        (lambda: web.Response(body=b" " * 65_537), "more than 65536 bytes"),
    ],
)
async def test_what_is_no_answer_is_a_failure(server, provider, reply, why):
    server.reply = reply
    with pytest.raises(ProviderFailed, match=why):
        await provider().ask(ASKED)


async def test_a_provider_that_is_silent_or_gone_is_a_failure(server, provider):
    gate = asyncio.Event()

    async def silent():
        await gate.wait()
        return web.Response()

    server.reply = silent
    with pytest.raises(ProviderFailed, match="no answer in time"):
        await provider(timeout=0.05).ask(ASKED)
    gate.set()
    with pytest.raises(ProviderFailed) as caught:
        await provider(url="http://canary.invalid/").ask(ASKED)
    assert "canary" not in str(caught.value)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "longest"), [(V201, 7500), (V21, 17_000)])
def test_exi_passes_as_it_is_as_long_as_the_version_takes_it(version, longest):
    exi = "Z" * longest
    assert result({"status": "Accepted", "exiResponse": exi}, version) == {"status": "Accepted", "exiResponse": exi}
    with pytest.raises(ProviderFailed, match="exiResponse"):
        result({"status": "Accepted", "exiResponse": exi + "Z"}, version)


def test_a_refusal_has_its_exi_too():
    assert result({"status": "Failed", "exiResponse": "gJg="}, V201) == {"status": "Failed", "exiResponse": "gJg="}
    assert result({"status": "Failed"}, V201) == {"status": "Failed", "exiResponse": ""}


def test_remaining_contracts_are_2_1_s():
    answer = {"status": "Accepted", "exiResponse": "gJg=", "remainingContracts": 2}
    assert result(answer, V21)["remainingContracts"] == 2
    assert "remainingContracts" not in result(answer, V201)
    assert "remainingContracts" not in result({**answer, "remainingContracts": -1}, V21)


def test_a_reason_is_passed_on_within_its_measure():
    info = {"reasonCode": "R" * 30, "additionalInfo": "x" * 600, "more": 1}
    told = result({"status": "Failed", "statusInfo": info}, V201)["statusInfo"]
    assert told == {"reasonCode": "R" * 20, "additionalInfo": "x" * 512}
    assert "statusInfo" not in result({"status": "Failed", "statusInfo": {"additionalInfo": "x"}}, V201)


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "Accepted",
        {},
        {"status": "Maybe", "exiResponse": "x"},
        {"status": "Accepted"},
        {"status": "Accepted", "exiResponse": ""},
        {"status": "Accepted", "exiResponse": 5},
        {"status": "Failed", "exiResponse": None},
    ],
)
def test_what_says_nothing_that_can_be_sent_is_a_failure(found):
    with pytest.raises(ProviderFailed):
        result(found, V21)


@given(st.text(max_size=1000))
def test_without_an_answer_the_vehicle_is_refused(why):
    told = refused(why)
    assert (told["status"], told["exiResponse"]) == ("Failed", "")
    assert len(told["statusInfo"]["additionalInfo"]) <= 512
