"""A reload that changes the plugins, while stations and upstream legs are up."""

import json

from app_kit import connect, until

PLUGIN = '''
import asyncio
from pathlib import Path

from broker.api import Action, BasePlugin, Direction, Version, hookimpl, on_call


class Witness(BasePlugin):
    """Writes down what it hears of sessions and legs, with a wait before each line."""

    class Config(BasePlugin.Config):
        log: Path
        mark: str = "a"
        shape: dict | None = None
        action: str = "Heartbeat"

    async def note(self, text):
        await asyncio.sleep(0.01)
        with self.config.log.open("a") as file:
            file.write(f"{self.config.mark} {text}\\n")

    @hookimpl
    def register_actions(self):
        shape = self.config.shape
        return [Action(Version.V16, self.config.action, Direction.FROM_STATION, "Core", shape)] if shape else []

    @hookimpl
    async def session_opened(self, session):
        await self.note("opened")

    @hookimpl
    async def session_closed(self, session, reason):
        await self.note(f"closed {reason}")

    @hookimpl
    async def upstream_opened(self, session, link):
        await self.note("up")

    @hookimpl
    async def upstream_closed(self, session, link, reason):
        await self.note(f"down {reason}")

    @hookimpl
    async def broker_stopping(self, broker):
        await self.note("stopping")

    @on_call("*", "*")
    def remember(self, session, call):
        session.state.setdefault("witness", self.config.mark)
'''


def witness(site, **options):
    (site.folder / "witness.py").write_text(PLUGIN)
    return json.dumps([{"witness": {"log": str(site.log), **options}}, *json.loads(site.plugin())])


async def test_legs_and_sessions_are_closed_for_the_old_plugins_and_opened_for_the_new_ones(site, http):
    async with site.running() as behind:
        url = f"ws://127.0.0.1:{behind.ports['plain']}/ocpp/{{identity}}"
        async with site.running(
            plugins=witness(site, mark="a"),
            store="{url: 'sqlite://'}",
            upstreams=json.dumps({"main": {"url": url}}),
            routes="[{match: {}, primary: main}]",
        ) as broker:
            station = await connect(http, broker)
            await until(lambda: heard(site, "a") == ["opened", "up"])
            await station.ws.send_str('[2,"1","DataTransfer",{"vendorId":"x"}]')
            await station.ws.receive_str(timeout=5)
            session = broker.sessions.get("CP001")
            site.write(plugins=witness(site, mark="b"))
            assert await broker.reload() == []
            assert heard(site, "a") == ["opened", "up", "down reload", "closed reload", "stopping"]
            assert session.state == {}, "what the old plugins noted means nothing to the new ones"
            await until(lambda: heard(site, "b") == ["opened", "up"])
            await station.ws.close()
            await until(lambda: len(broker.sessions) == 0)
        assert heard(site, "b")[2:] == ["down closed", "closed closed", "stopping"]


def heard(site, mark):
    """What the witness of this mark wrote; the other plugin's lines have an identity or a number."""
    mine = [line[2:] for line in site.noted() if line[0] == mark and line[2:] != "starting"]
    return [line for line in mine if "CP001" not in line and not line[-1].isdigit()]


async def test_a_session_that_is_at_its_end_is_nothing_new_to_the_new_plugins(site, http):
    async with site.running(plugins=witness(site, mark="a")) as broker:
        await connect(http, broker)
        await until(lambda: len(broker.sessions) == 1)
        session = broker.sessions.get("CP001")
        session.end("closed", 1000, "")
        site.write(plugins=witness(site, mark="b"))
        assert await broker.reload() == []
        assert broker.plugins._notices._open == {}
    assert heard(site, "b") == ["stopping"]


async def test_a_bad_schema_of_a_plugin_changes_nothing(site, http):
    async with site.running(plugins=witness(site)) as broker:
        station = await connect(http, broker)
        before = broker.config, broker.plugins, broker.schemas
        site.write(plugins=witness(site, shape={"type": "nonsense"}))
        (problem,) = await broker.reload()
        assert "register_actions: ocpp1.6 Heartbeat: no JSON Schema" in problem.expected
        assert (broker.config, broker.plugins, broker.schemas) == before
        assert await station.beat() == "a1"


async def test_the_schemas_of_a_plugin_go_with_it(site, http):
    strict = {"routes": "[{match: {}, primary: local, validation: strict}]"}
    only = {"type": "object", "required": ["vendor"]}
    async with site.running(plugins=witness(site, shape=only), **strict) as broker:
        station = await connect(http, broker)
        await station.ws.send_str('[2,"x","Heartbeat",{}]')
        assert json.loads(await station.ws.receive_str(timeout=5))[2] == "OccurenceConstraintViolation"
        assert broker.admin_url
        site.write(plugins=site.plugin())
        assert await broker.reload() == []
        assert await station.beat() == "a1"
