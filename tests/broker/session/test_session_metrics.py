"""What a session counts: label values from closed sets, whatever the peers send."""

import asyncio
import json

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families as parse
from session_kit import rig

from broker.api import BasePlugin, Reject, on_call
from broker.metrics import LIMITS, OUTCOMES, REFUSALS
from broker.ocpp import BadFrame, ErrorKind, Schemas, Unmatched, Version

OURS = "switchboard_"


def scrape(metrics):
    """Every sample of ours: (name, labels) -> value."""
    families = list(parse(generate_latest(metrics.registry).decode()))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith(OURS)
    }


class Refuses(BasePlugin):
    """Refuses one action."""

    @on_call("ocpp1.6", "Authorize")
    def refuse(self, session, call):
        return Reject(ErrorKind.SECURITY, "no")


_SIDES = {"station", "upstream"}
_DIRECTIONS = {"from_station", "to_station"}
CLOSED = {
    "version": set(Version),
    "direction": _DIRECTIONS,
    "outcome": set(OUTCOMES),
    "leg": _SIDES,
    "kind": set(ErrorKind),
    "limit": set(LIMITS),
    "security_profile": {"0", "1", "2", "3"},
    "upstream": {"main"},
    "plugin": {"Refuses"},
}
REASONS = {
    "handshakes_refused_total": set(REFUSALS),
    "bad_frames_total": set(BadFrame),
    "unmatched_replies_total": set(Unmatched),
    "sessions_ended_total": {
        "closed", "lost", "too_big", "bad_utf8", "protocol_error", "replaced", "silent", "flooding", "upstream_down",
        "stopping",
    },
}  # fmt: skip


async def test_label_values_come_from_closed_sets_whatever_the_peers_send(upstream):
    identity = "CP-secret-identity"
    async with rig(upstream, plugins=[Refuses], route="validation: lenient", limits="json_depth: 8") as r:
        station = await r.connect(identity=identity)
        frames = [
            '[2,"1","Heartbeat",{}]',
            '[2,"2","Authorize",{"idTag":"secret-tag"}]',
            '[2,"3","Nonsense-1",{}]',
            '[2,"4","label=\\"x\\"",{}]',
            '[2,"5","' + "A" * 49 + '",{}]',
            '[2,"6","DataTransfer",{"data":7}]',
            '[2,"7","DataTransfer",' + '{"a":' * 20 + "1" + "}" * 20 + "]",
            '[3,"never asked",{}]',
            "garbage secret-garbage",
            '[9,"x",{}]',
            '[2,"8"]',
            "[]",
        ]
        for frame in frames:
            await station.send(frame)
        await station.send('[2,"last","StatusNotification",{}]')
        while (await station.json())[1] != "last":
            pass
        await upstream.ws.send_str('[2,"u","Invented",{}]')
        asked = await station.json()
        await station.send(json.dumps([3, asked[1], {"x": 1}]))
        await station.ws.close()
        await r.until(lambda: r.session is None)
        found = scrape(r.shared.metrics)
        assert identity not in generate_latest(r.shared.metrics.registry).decode()
    actions = {"other"}.union(*(Schemas().actions(version) for version in Version))
    for name, labels in found:
        for label, held in labels:
            if label == "action":
                assert held in actions, name
            elif label == "reason":
                assert held in REASONS[name.removeprefix(OURS)], name
            elif label != "le":
                assert held in CLOSED[label], (name, label)
    assert not [labels for _, labels in found if any("secret" in text for _, text in labels)]
    others = {"version": "ocpp1.6", "action": "other", "outcome": "result"}
    assert found[OURS + "calls_total", frozenset({**others, "direction": "from_station"}.items())] == 3
    assert found[OURS + "calls_total", frozenset({**others, "direction": "to_station"}.items())] == 1


async def test_a_thousand_invented_actions_make_no_more_series_than_one(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"first","Invented",{}]')
        await station.json()
        before = len(scrape(r.shared.metrics))
        for n in range(1000):
            await station.send(f'[2,"{n}","Invented{n}",{{}}]')
            if n % 50 == 49:
                async with asyncio.timeout(5):
                    while (await station.json())[1] != str(n):
                        pass
        assert len(scrape(r.shared.metrics)) == before
