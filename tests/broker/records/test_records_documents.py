"""Documents of plugins."""

from records_kit import opened

from broker.ocpp import JsonFloat


async def test_a_document_comes_back_from_the_disk(url):
    value = {"a": [1, 1.5, None, "\ud800"], "b": JsonFloat("1.50")}
    async with opened(url) as records:
        await records.commit(records.documents.put("plugin", "CP1", "key", value))
    async with opened(url) as records:
        assert await records.documents.get("plugin", "CP1", "key") == value


async def test_they_are_kept_by_plugin_station_and_key(records):
    places = [("a", "CP1", "x"), ("a", "CP1", "y"), ("a", "", "x"), ("a", "CP2", "x"), ("b", "CP1", "x")]
    records.later(*(records.documents.put(*place, number) for number, place in enumerate(places)))
    for number, place in enumerate(places):
        assert await records.documents.get(*place) == number
    assert await records.documents.of("a", "CP1") == {"x": 0, "y": 1}
    assert await records.documents.all("a") == [("", "x", 2), ("CP1", "x", 0), ("CP1", "y", 1), ("CP2", "x", 3)]
    assert await records.documents.of("c", "CP1") == {}


async def test_the_newest_counts_until_it_is_dropped(records):
    documents = records.documents
    records.later(documents.put("a", "CP1", "x", 1), documents.put("a", "CP1", "x", 2))
    assert await documents.get("a", "CP1", "x") == 2
    records.later(documents.drop("a", "CP1", "x"), documents.drop("a", "CP1", "nothing"))
    assert await documents.get("a", "CP1", "x") is None
    assert await documents.all("a") == []
