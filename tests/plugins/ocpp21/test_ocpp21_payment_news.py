import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from plugins.ocpp21.payment import news as module
from plugins.ocpp21.payment.news import News
from plugins.shared.outlet_config import WebhookConfig
from tests.plugins.ocpp21.ocpp21_payment_kit import lab
from tests.plugins.ocpp201.ocpp201_tariff_kit import Neighbour


@pytest.fixture
async def heard():
    found = []

    async def hear(request):
        found.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", hear)
    async with TestServer(app) as server, lab():
        news = News(WebhookConfig.model_validate({"url": str(server.make_url("/"))}), Neighbour.latest)
        yield news, found
        await news.finish()


async def test_news_are_told_once_and_in_order(heard):
    news, found = heard
    ended = {"type": "TransactionEnded", "identity": "CP1", "transactionId": "t", "totalCost": 5}
    for one in (ended, ended, {**ended, "totalCost": 6}):
        news.tell(one)
    await news.finish()
    assert found == [ended, {**ended, "totalCost": 6}]


async def test_no_more_than_so_many_are_remembered(heard, monkeypatch):
    monkeypatch.setattr(module, "_REMEMBERED", 1)
    news, found = heard
    for number in (1, 2, 1):
        news.tell({"type": "Settlement", "identity": str(number)})
    await news.finish()
    assert [one["identity"] for one in found] == ["1", "2", "1"]
