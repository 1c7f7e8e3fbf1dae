import pytest

from broker.hooks import BasePlugin
from broker.testing import Harness


class One(BasePlugin):
    """Keeps something."""

    name = "one"


class Two(BasePlugin):
    """Keeps something else."""

    name = "two"


@pytest.fixture
async def documents():
    h = await Harness((One, {}), (Two, {})).ready()
    yield h, *(h.plugins._loaded[name].instance.documents for name in ("one", "two"))
    await h.stop()


async def test_a_plugin_finds_what_it_has_kept_and_no_other_plugin_does(documents):
    h, one, two = documents
    await h.records.commit(one.put("CP1", "a", {"n": [1, 2.5, None, "x"]}), one.put("CP1", "b", 1))
    await h.records.commit(one.put("CP2", "a", 2))
    assert await one.get("CP1", "a") == {"n": [1, 2.5, None, "x"]}
    assert await one.of("CP1") == {"a": {"n": [1, 2.5, None, "x"]}, "b": 1}
    assert sorted(await one.all(), key=lambda row: row[:2])[-1] == ("CP2", "a", 2)
    assert await two.get("CP1", "a") is None
    assert await two.all() == []


async def test_what_is_dropped_is_gone_and_a_change_alone_does_nothing(documents):
    h, one, _ = documents
    one.put("CP1", "never", 1)
    await h.records.commit(one.put("", "a", 1))
    h.records.later(one.drop("", "a"))
    assert await one.of("") == {}
    assert await one.of("CP1") == {}
