"""What observers see."""

from typing import ClassVar

from session_kit import rig

from broker.api import BasePlugin, observe


class Watch(BasePlugin):
    """Keeps what it is shown."""

    seen: ClassVar[list] = []

    @observe("ocpp1.6", "*")
    def watch(self, session, event):
        self.seen.append((event.kind, str(event.direction), event.peer, event.action, event.raw, event.outcome))


async def test_observers_see_calls_replies_and_malformed_frames(upstream):
    Watch.seen.clear()
    async with rig(upstream, plugins=[Watch]) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{ }]')
        await station.text()
        await station.send("nonsense")
        await r.until(lambda: len(Watch.seen) == 3)
    assert Watch.seen == [
        ("call", "from_station", "main", "Heartbeat", b"{ }", ""),
        ("reply", "from_station", "main", "Heartbeat", b'{"for":"Heartbeat"}', "result"),
        ("malformed", "from_station", "station", "", b"nonsense", "not_json"),
    ]
