import asyncio
import json
from contextlib import suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp21.payment.config import Provider
from plugins.ocpp21.payment.vat_provider import Unavailable, asked, understood

COMPANY = {"name": "Example BV", "address1": "Street 1", "city": "Arnhem", "country": "NL"}
QUESTION = {"vatNumber": "NL123456789B01", "evseId": 1, "identity": "CP001"}


class Service:
    """A service for VAT numbers."""

    def __init__(self):
        self.answer = web.json_response({"valid": True, "company": COMPANY})
        self.seen = []

    async def asked(self, request):
        self.seen.append((await request.json(), request.headers.get("Authorization")))
        return self.answer


@pytest.fixture
async def service():
    found = Service()
    app = web.Application()
    app.router.add_post("/vat", found.asked)
    async with TestServer(app) as server:
        headers = {"Authorization": "Bearer token"}
        found.provider = Provider.model_validate({"url": str(server.make_url("/vat")), "headers": headers})
        yield found


async def test_the_service_is_asked_with_its_headers(service):
    assert await asked(service.provider, QUESTION) == {"valid": True, "company": COMPANY}
    assert service.seen == [(QUESTION, "Bearer token")]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 500}, "HTTP status 500"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1/elsewhere"}}, "HTTP status 302"),
        ({"body": b"[" + b"1," * 40_000 + b"1]"}, "too long"),
        ({"body": b"no json"}, "JSONDecodeError"),
        ({"body": b'{"valid": 1}'}, "ValueError"),
    ],
)
async def test_what_is_no_answer_says_why(service, answer, reason):
    service.answer = web.Response(**answer)
    with pytest.raises(Unavailable, match=reason):
        await asked(service.provider, QUESTION)


async def test_a_service_that_is_not_there_is_unavailable_without_its_address(unused_tcp_port):
    provider = Provider.model_validate({"url": f"http://127.0.0.1:{unused_tcp_port}/vat-key"})
    with pytest.raises(Unavailable) as error:
        await asked(provider, QUESTION)
    assert "vat-key" not in str(error.value)


async def test_one_that_does_not_answer_in_time_is_unavailable():
    waits = asyncio.Event()

    async def silent(request):
        await waits.wait()

    app = web.Application()
    app.router.add_post("/vat", silent)
    async with TestServer(app) as server:
        provider = Provider.model_validate({"url": str(server.make_url("/vat")), "timeout": 0.05})
        with pytest.raises(Unavailable, match="no answer in time"):
            await asked(provider, QUESTION)
        waits.set()


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ({**COMPANY, "secret": 1, "postalCode": "6811"}, {**COMPANY, "postalCode": "6811"}),
        ({**COMPANY, "name": "x" * 60}, {**COMPANY, "name": "x" * 50}),
        ({**COMPANY, "city": ""}, None),
        ({**COMPANY, "city": 5}, None),
        (5, None),
    ],
)
def test_a_company_is_complete_and_fits_or_is_left_out(company, expected):
    assert understood(json.dumps({"valid": True, "company": company}).encode()).get("company") == expected


@given(st.binary(max_size=50))
def test_any_answer_is_understood_or_a_value_error(body):
    with suppress(ValueError):
        assert set(understood(body)) <= {"valid", "company"}
