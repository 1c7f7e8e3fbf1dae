"""What an upstream that may not command gets, and what becomes of its trace."""

import gc
import json

import pytest
from outbox_kit import BOOT, SECONDARY, START, Csms, ask, rigged, running

from broker.session.delivery.courier import Courier


async def up(r, name):
    await r.until(lambda: r.session.backends.get(name) and r.session.backends.get(name).link.ready)


async def answer_of(upstream):
    while not (text := await upstream.next()).startswith("[3,"):
        pass
    return json.loads(text)


async def test_refused_commands_are_counted_and_do_not_fill_the_log(capsys):
    async with (
        running(Csms(1001), Csms(9001)) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY) as r,
    ):
        await ask(await r.connect(), 1, "BootNotification", BOOT)
        await up(r, "billing")
        for number in range(100):
            await billing.ws.send_str(f'[2,"{number}","Reset",{{"type":"Hard"}}]')
        refused = "switchboard_commands_refused_total"
        await r.until(lambda: r.sample(refused, upstream="billing", reason="commands") == 100)
        assert capsys.readouterr().out.count("command refused") == 20


@pytest.mark.parametrize("who", ["main", "billing"])
async def test_the_password_of_a_station_that_gives_it_away_does_not_reach_a_secondary(who):
    async with (
        running(Csms(1001), Csms(9001)) as (main, billing),
        rigged(main, others={"billing": billing}, route="secondaries: [{upstream: billing, commands: all}]") as r,
    ):
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await up(r, who)
        asking = {"main": main, "billing": billing}[who]
        await asking.ws.send_str('[2,"x","GetConfiguration",{}]')
        number = (await station.json())[1]
        told = {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "SECRET"}]}
        await station.send(json.dumps([3, number, told]))
        assert ("SECRET" in json.dumps(await answer_of(asking))) == (who == "main")


async def test_a_station_that_has_left_keeps_no_link_in_memory():
    async with (
        running(Csms(1001), Csms(9001)) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY) as r,
    ):
        for identity in ("A", "B"):
            station = await r.connect(identity=identity)
            await ask(station, 1, "StartTransaction", START)
            await station.ws.close()
            await r.until(lambda: r.session is None)
        ledgers = r.shared.ledgers
        await r.until(lambda: not any(box.listener for one in ledgers.all() for box in one.outboxes.values()))
        gc.collect()
        assert not any(type(one) is Courier for one in gc.get_objects())
