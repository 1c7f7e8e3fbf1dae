"""What the admin API shows of a session."""

import pytest
from outbox_kit import BOOT, Csms, LocalCore, ask, rigged, running

from broker.session.description import describe, describe_route


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


async def test_every_leg_is_shown_with_its_part_and_its_trouble(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route="secondaries: [{upstream: billing}]") as r:
        station = await r.connect(tags={"site": "a"}, user_agent="UA")
        await ask(station, 1, "BootNotification", BOOT)
        await r.until(lambda: r.session.backends.get("billing").link.last_error)
        shown = describe(r.session)
        assert (shown["identity"], shown["version"], shown["tags"]) == ("CP001", "ocpp1.6", {"site": "a"})
        legs = {leg["name"]: (leg["state"], leg.get("role")) for leg in shown["legs"]}
        assert legs == {"station": ("open", None), "main": ("open", "primary"), "billing": ("down", "secondary")}
        assert "Connect call failed" in shown["legs"][2]["error"]
        assert "error" not in shown["legs"][1]
        assert shown["legs"][2]["calls_waiting"] == 0
        assert shown["connected_at"].endswith("Z")
        assert shown["idle_seconds"] >= 0.0


async def test_the_route_says_who_answers_now_and_who_ought_to(main):
    await main.stop()
    async with rigged(main, route="when_primary_down: stand_in, grace: 0.1", plugins=[LocalCore]) as r:
        await r.connect()
        await r.until(lambda: r.session.backends.standing_in)
        shown = describe_route(r.session)
        assert (shown["primary"], shown["answering"], shown["state"]) == ("main", "local", "steady")
        await main.start()
        await r.until(lambda: not r.session.backends.standing_in)
        assert describe_route(r.session)["answering"] == "main"
        r.session.switching = True
        assert describe_route(r.session)["state"] == "switching"
        r.session.switching = False
