"""Whatever a station sends, each CALL with a readable id gets exactly one reply, and nothing is ever raised.

One broker serves all examples, each on a connection of its own: local, and through an upstream that answers at once.
"""

import asyncio
import itertools
import json
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from e2e_kit import document, running, url_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_kit import Scripted, dialled, result

from broker.ocpp import Schemas, Version

VERSIONS = tuple(version.value for version in Version)
ACTIONS = sorted(set.intersection(*(set(Schemas().actions(version)) for version in Version)))


class House:
    """The broker, its upstream and its loop, which outlive the examples."""

    def __init__(self):
        self.runner = asyncio.Runner()
        self.numbers = itertools.count()
        self.stack = AsyncExitStack()
        self.faults = []
        self.runner.run(self._start())

    async def _start(self):
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.faults.append(context))
        folder = await self.stack.enter_async_context(_folder())
        upstreams, routes = {}, []
        for version in VERSIONS:
            upstream = await self.stack.enter_async_context(Scripted(agree, version=version))
            upstreams[version] = upstream.upstream()["main"]
            routes.append({"match": {"identity": "RELAY*", "version": version}, "primary": version})
        routes.append({"match": {}, "primary": "local"})
        limits = {"frames_per_second": 1_000_000, "frames_burst": 1_000_000}
        self.broker = await self.stack.enter_async_context(
            running(folder, document(routes=routes, upstreams=upstreams, limits=limits))
        )

    def close(self):
        self.runner.run(self.stack.aclose())
        self.runner.close()
        assert self.faults == []

    async def replies(self, way, version, frames):
        """What comes back to `frames`, the reply to a last CALL of our own left out."""
        last = "the last one"
        async with dialled(url_of(self.broker, f"{way}-{next(self.numbers)}"), version) as ws:
            for frame in frames:
                await ws.send(frame)
            await ws.send(json.dumps([2, last, "Heartbeat", {}]))
            got = []
            async with asyncio.timeout(20):
                while (frame := json.loads(await ws.recv()))[1] != last:
                    got.append(frame)
            assert frame[0] in (3, 4)
        return got


class _folder:
    async def __aenter__(self):
        self._made = tempfile.TemporaryDirectory()
        return Path(self._made.name)

    async def __aexit__(self, *_):
        self._made.cleanup()


def agree(text):
    """An empty result to each call; what the broker sends is always JSON, whatever the station sent."""
    return result(text, {}) if text.startswith("[2,") else None


@pytest.fixture(scope="module")
def house():
    with structlog.testing.capture_logs() as logs:
        made = House()
        yield made
        made.close()
    assert [line for line in logs if line["log_level"] in ("error", "critical") or "exc_info" in line] == []


# --- frames of which we know what they are ---------------------------------------------------------------------------

ids = (
    st.sampled_from(['"1"', "1", '"a"'])
    | st.text(max_size=255).filter(lambda text: text not in ("-1", "the last one")).map(json.dumps)
    | st.integers().map(str)
)
texts = st.text(max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
payloads = st.dictionaries(texts, values, max_size=5).map(json.dumps)
actions = (st.sampled_from(ACTIONS) | st.text(min_size=1, max_size=40)).map(json.dumps)
tails = st.sampled_from(["", ",1", ",{}]", ", oops", "}", ',"x":,', "\x00", "[" * 200, '{"a":NaN}', ",[],{}"])


def owed(message_id, text):
    """A CALL under an id that can be read: exactly one reply."""
    return text, message_id


calls = st.builds(lambda i, a, p: owed(i, f"[2,{i},{a},{p}]"), ids, actions, payloads)
broken_calls = st.builds(lambda i, a, t: owed(i, f"[2,{i},{a}{t}"), ids, actions, tails)
odd_calls = st.builds(lambda i, a, v: owed(i, f"[2,{i},{a},{json.dumps(v)}]"), ids, actions | st.just("7"), values)
no_calls = st.one_of(
    st.builds(lambda i, p: (f"[3,{i},{p}]", None), ids, payloads),
    st.builds(lambda i, a: (f"[4,{i},{a}]", None), ids, actions),
    st.text(max_size=60).filter(lambda text: "2" not in text).map(lambda text: (text, None)),
    values.map(json.dumps).filter(lambda text: not text.lstrip().startswith("[2")).map(lambda text: (text, None)),
)
#: The first ones come once more at the end: retries, which may find the id in use.
sequences = st.builds(
    lambda frames, again: frames + frames[:again],
    st.lists(calls | broken_calls | odd_calls | no_calls, min_size=1, max_size=12),
    st.integers(0, 3),
)


def key(message_id):
    """An id as what JSON makes of it; `12` and `"12"` are two."""
    return repr(json.loads(message_id) if isinstance(message_id, str) else message_id)


@pytest.mark.parametrize("way", ["LOCAL", "RELAY"])
@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=sequences)
def test_each_call_with_a_readable_id_gets_exactly_one_reply(house, way, version, sequence):
    got = house.runner.run(house.replies(way, version, [text for text, _ in sequence]))
    replies = Counter(repr(frame[1]) for frame in got if frame[0] in (3, 4) and frame[1] != "-1")
    wanted = Counter(key(message_id) for _, message_id in sequence if message_id is not None)
    silent = {key(json.dumps(frame[1])) for frame in got if frame[0] in (3, 4)} - set(wanted) - {"'-1'"}
    if version == "ocpp2.0.1":  # an unknown message type is answered there, under its id, which a call may have too
        odd = sum(message_id is None for _, message_id in sequence)
        assert all(count <= replies[one] <= count + odd for one, count in wanted.items())
        return
    assert silent == set()
    assert replies == wanted


@pytest.mark.parametrize("way", ["LOCAL", "RELAY"])
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(frames=st.lists(st.text(max_size=200) | st.binary(max_size=200), max_size=20))
def test_any_text_and_any_bytes_leave_the_session_as_it_was(house, way, frames):
    got = house.runner.run(house.replies(way, "ocpp2.0.1", frames))
    assert len(got) <= len(frames)
    assert all(frame[0] in (3, 4, 5) for frame in got)
