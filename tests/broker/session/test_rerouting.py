"""Routes that are changed while the broker runs: by hand, and by a reload."""

import pytest
from outbox_kit import BOOT, Csms, ask, rigged, running

from broker.api import BasePlugin, hookimpl
from broker.api import Route as Chosen
from broker.config import Match, Route, Secondary
from broker.session.rerouting import with_primary


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def other():
    async with running(Csms(9001)) as (one,):
        yield one


def to(primary, *secondaries, **options):
    named = [Secondary(upstream=name) for name in secondaries]
    return Route(match=Match(), primary=primary, secondaries=named, boot_grace=0, **options)


async def test_a_route_set_by_hand_applies_at_once_and_on_the_next_connection(main, other):
    async with rigged(main, others={"other": other}) as r:
        station = await r.connect()
        described = await r.sessions.set_route("CP001", to("other"))
        assert (described["primary"], described["source"], described["state"]) == ("other", "api", "steady")
        await ask(station, 1, "Authorize", {"idTag": "A"})
        await station.ws.close()
        await r.until(lambda: r.session is None)
        station = await r.connect()
        await ask(station, 2, "Authorize", {"idTag": "B"})
        assert [payload["idTag"] for payload in other.payloads("Authorize")] == ["A", "B"]
        assert main.payloads("Authorize") == []


async def test_it_outlives_a_restart_and_cleared_it_is_gone(main, other, tmp_path):
    path = tmp_path / "x.db"
    async with rigged(main, path, others={"other": other}) as r:
        assert (await r.sessions.set_route("CP001", to("other", "main")))["source"] == "api"
    async with rigged(main, path, others={"other": other}) as r:
        assert (await r.sessions.route_of("CP001"))["secondaries"] == ["main"]
        station = await r.connect()
        await ask(station, 1, "Authorize", {"idTag": "A"})
        assert other.payloads("Authorize")
        described = await r.sessions.clear_route("CP001")
        assert (described["primary"], described["source"]) == ("main", "configuration")
        await ask(station, 2, "Authorize", {"idTag": "B"})
        assert main.payloads("Authorize")[-1] == {"idTag": "B"}
    async with rigged(main, path, others={"other": other}) as r:
        assert await r.sessions.route_of("CP001") is None


async def test_cleared_for_a_station_that_is_away_it_is_gone_too(main, other):
    async with rigged(main, others={"other": other}) as r:
        await r.sessions.set_route("CP001", to("other"))
        assert (await r.sessions.clear_route("CP001"))["source"] == "configuration"
        station = await r.connect()
        await ask(station, 1, "Authorize", {"idTag": "A"})
        assert main.payloads("Authorize")


async def test_one_that_names_an_upstream_that_is_gone_is_left_out_at_a_start(main, other, tmp_path, capsys):
    path = tmp_path / "x.db"
    async with rigged(main, path, others={"other": other}) as r:
        await r.sessions.set_route("CP001", to("other"))
    async with rigged(main, path) as r:
        station = await r.connect()
        await ask(station, 1, "Authorize", {"idTag": "A"})
        assert main.payloads("Authorize")
    assert "a route set by hand cannot be used" in capsys.readouterr().out


async def test_one_that_names_an_upstream_that_a_reload_takes_away_is_left_out_from_then_on(main, other):
    async with rigged(main, others={"other": other}) as r:
        station = await r.connect()
        await r.sessions.set_route("CP001", to("other"))
        kept = {name: one for name, one in r.shared.config.upstreams.items() if name != "other"}
        r.shared.config = r.shared.config.model_copy(update={"upstreams": kept})
        del r.shared.upstreams.settings["other"]
        await r.sessions.rerouting.after_reload(r.sessions.all())
        await ask(station, 1, "Authorize", {"idTag": "A"})
        assert main.payloads("Authorize")
        await station.ws.close()
        await r.until(lambda: r.session is None)
        station = await r.connect()
        await ask(station, 2, "Authorize", {"idTag": "B"})


async def test_a_reload_leads_every_station_to_its_new_route_but_those_of_plugins_and_of_the_api(main, other):
    class Chooser(BasePlugin):
        @hookimpl
        def choose_route(self, session):
            return Chosen("third") if session.identity == "PLUGIN" else None

    async with (
        running(Csms(5001)) as (third,),
        rigged(main, others={"other": other, "third": third}, plugins=[Chooser]) as r,
    ):
        for identity in ("CP001", "PLUGIN", "HAND"):
            await r.connect(identity=identity)
        await r.sessions.set_route("HAND", to("third"))
        r.shared.config = r.shared.config.model_copy(update={"routes": [to("other")]})
        await r.sessions.rerouting.after_reload(r.sessions.all())
        primaries = {session.identity: session.route.primary for session in r.sessions}
        assert primaries == {"CP001": "other", "PLUGIN": "third", "HAND": "third"}


async def test_a_reload_that_changes_nothing_closes_no_leg(main):
    async with rigged(main) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        leg = r.session.primary
        await r.sessions.rerouting.after_reload(r.sessions.all())
        assert r.session.primary is leg
        assert len(main.requests) == 1


@pytest.mark.parametrize(
    ("options", "primary", "mode", "secondaries"),
    [
        ({"when_primary_down": "stand_in"}, "local", "close", ["other"]),
        ({"when_primary_down": {"failover": ["third"]}}, "local", "close", ["other"]),
        ({"when_primary_down": "hold"}, "local", "hold", ["other"]),
        ({"when_primary_down": {"failover": ["third"]}}, "third", "hold", ["other"]),
        ({"when_primary_down": "stand_in"}, "third", "stand_in", ["other"]),
        ({"when_primary_down": "stand_in"}, "other", "stand_in", []),
    ],
)
def test_a_plugins_primary_leaves_out_of_the_route_what_makes_no_sense_with_it(options, primary, mode, secondaries):
    changed = with_primary(to("main", "other", **options), primary)
    assert changed.primary == primary
    assert changed.when_primary_down_mode == mode
    assert [secondary.upstream for secondary in changed.secondaries] == secondaries
