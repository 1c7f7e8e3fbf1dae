"""Whatever a station sends or answers, no built-in plugin fails: with `validation: lenient` any member may be odd."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ocpp import Version
from tests.plugins.hostile_payloads_kit import Everything, failures, messages, places

#: What programs in other languages stumble over; the list cannot be in a set, nor be compared with a text.
ODD = st.sampled_from(
    [[], {}, [{}], None, True, -1, 1.5, 2**70, "", "\ud800", "\0", "x" * 300, "0001-01-01T00:00:00+23:00"]
)
ANY = st.recursive(
    ODD | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


async def failed_with(version, sent):
    everything = Everything()
    await everything.h.ready()
    with failures() as found:
        try:
            for message in sent:
                await everything.take(version, message)
        finally:
            await everything.h.stop()
    return found


@pytest.mark.parametrize("version", list(Version))
async def test_any_member_may_be_a_list(version):
    sent = [message.with_odd(path, [{}]) for message in messages(version) for path in places(message)]
    assert await failed_with(version, sent) == []


@pytest.mark.parametrize("version", list(Version))
@settings(max_examples=10)
@given(st.data())
async def test_any_member_may_be_anything(version, data):
    usual = messages(version, lambda words: data.draw(st.sampled_from(words)))
    sent = []
    for message in data.draw(st.lists(st.sampled_from(usual), min_size=20, max_size=40)):
        path = data.draw(st.sampled_from(places(message) or [None]))
        sent.append(message if path is None else message.with_odd(path, data.draw(ANY)))
    assert await failed_with(version, sent) == []
