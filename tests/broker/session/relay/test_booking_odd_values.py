"""JSON that no schema allows, from either side: it is passed on or answered, and never gets stuck in the books."""

import asyncio
import json

import pytest
from outbox_kit import (
    BOOT,
    BOOT2,
    SECONDARY,
    STAND_IN,
    START,
    Csms,
    ask,
    event,
    meter,
    rigged,
    running,
    stored,
    waiting,
)

from broker.ocpp import Version

V201 = {"version": Version.V201, "subprotocol": "ocpp2.0.1"}
HUGE = "1" + "0" * 400
STRANGE = ", validation: 'off'"


class Literal(Csms):
    """Answers some actions with JSON text as it stands."""

    def __init__(self, first=1001, kind=3, **answers):
        super().__init__(first)
        self.kind = kind
        self.texts = answers

    async def _take(self, ws, text):
        frame = json.loads(text)
        if frame[0] == 2 and frame[2] in self.texts:
            self.seen.append((frame[2], frame[3]))
            await ws.send_str(f'[{self.kind},"{frame[1]}",{self.texts[frame[2]]}]')
        else:
            await super()._take(ws, text)


async def answered(station, number, action, text):
    await station.send(f'[2,"{number}","{action}",{text}]')
    reply = await station.json()
    assert reply[1] == str(number)
    return reply[0]


@pytest.mark.parametrize("interval", [HUGE, "1e400", "1e308", "NaN", "[]"])
@pytest.mark.parametrize("who", ["main", "billing"])
async def test_an_interval_that_no_clock_has_neither_silences_the_station_nor_spoils_its_books(tmp_path, interval, who):
    answer = f'{{"status":"Accepted","currentTime":"","interval":{interval}}}'
    odd = Literal(1001 if who == "main" else 9001, BootNotification=answer)
    main, billing = (odd, Csms(9001)) if who == "main" else (Csms(1001), odd)
    async with running(main, billing):
        for _ in range(2):
            async with rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY + STRANGE) as r:
                station = await r.connect()
                assert await answered(station, 1, "BootNotification", json.dumps(BOOT)) in (3, 4)
                await ask(station, 2, "Heartbeat", {})


@pytest.mark.parametrize("connector", [HUGE, r'"\ud800"', "[1]", "{}"])
@pytest.mark.parametrize("version", [{}, V201])
async def test_a_strange_connector_does_not_spoil_what_is_remembered_of_a_station(tmp_path, connector, version):
    peers = [Csms(first, version.get("subprotocol", "ocpp1.6")) for first in (1001, 9001)]
    boot = BOOT2 if version else BOOT
    async with running(*peers) as (main, billing):
        options = {"others": {"billing": billing}, "route": SECONDARY + STRANGE}
        for _ in range(2):
            async with rigged(main, tmp_path / "x.db", **options) as r:
                station = await r.connect(**version)
                assert await answered(station, 1, "StatusNotification", f'{{"connectorId":{connector}}}') == 3
                await ask(station, 2, "BootNotification", boot)


async def test_a_transaction_id_that_cannot_be_written_is_none():
    peers = [Csms(first, "ocpp2.0.1") for first in (1001, 9001)]
    odd = json.dumps(event("Started", 0)).replace('"TX"', r'"\ud800"')
    async with (
        running(*peers) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY + STRANGE) as r,
    ):
        station = await r.connect(**V201)
        assert await answered(station, 1, "TransactionEvent", odd) == 3
        await ask(station, 2, "TransactionEvent", event("Started", 0))
        await r.until(lambda: len(billing.told) == 2)
        assert not r.session.backends.ledger.flights


@pytest.mark.parametrize(
    "info", ['{"status":"Accepted","x":1.50}', r'{"status":"\ud800"}', f'{{"status":"A","x":{HUGE}}}']
)
async def test_what_is_learnt_of_a_token_costs_nobody_his_answer(tmp_path, info):
    odd = f'{{"transactionId":5,"idTagInfo":{info}}}'
    async with (
        running(Literal(Authorize=odd, StartTransaction=odd)) as (main,),
        rigged(main, tmp_path / "x.db", route=STAND_IN + STRANGE) as r,
    ):
        station = await r.connect()
        assert await answered(station, 1, "Authorize", '{"idTag":"TAG"}') == 3
        assert await answered(station, 2, "StartTransaction", json.dumps(START)) == 3
        await ask(station, 3, "MeterValues", meter(5))
        assert r.shared.tokens.info("main", {"idTag": "TAG"}) == json.loads(info)


async def test_a_refusal_that_cannot_be_written_is_buried_like_any_other(tmp_path):
    rude = Literal(9001, kind=4, StartTransaction=r'"InternalError","\ud800",{}')
    async with (
        running(Csms(1001), rude) as (main, billing),
        rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY, outbox="attempts: 1") as r,
    ):
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: waiting(r, "billing") == 0)
        await asyncio.sleep(0)
        assert [row.error for row in await r.shared.store.dead()] == ["InternalError: ?"]
        assert await stored(r, "billing") == []
