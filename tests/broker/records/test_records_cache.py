"""The cache of tokens."""

import pytest

from broker.records import Token
from broker.records.cache import TokenCache

A, B = Token(id="a"), Token(id="b")


@pytest.fixture
def cache():
    return TokenCache(3)


def test_hits_and_misses_are_known_and_all_others_are_not(cache):
    cache.end("a", cache.begin("a"), A)
    cache.end("b", cache.begin("b"), None)
    assert (cache.get("a"), cache.get("b")) == (A, None)
    with pytest.raises(KeyError):
        cache.get("c")


def test_the_one_that_was_not_used_for_the_longest_time_goes(cache):
    for key in "abc":
        cache.put(key, None)
    cache.get("a")
    cache.put("b", B)
    cache.put("d", None)
    with pytest.raises(KeyError):
        cache.get("c")
    assert [cache.get(key) for key in "abd"] == [None, B, None]
    assert len(cache) == 3


def test_what_was_written_while_it_was_read_wins(cache):
    number = cache.begin("a")
    cache.put("a", B)
    cache.end("a", number, A)
    assert cache.get("a") == B


def test_what_was_read_before_it_was_discarded_is_not_known(cache):
    number = cache.begin("a")
    cache.discard("a")
    cache.end("a", number, A)
    with pytest.raises(KeyError):
        cache.get("a")


def test_what_was_read_before_all_was_forgotten_is_not_known(cache):
    number = cache.begin("a")
    cache.put("b", B)
    cache.clear()
    cache.end("a", number, A)
    assert len(cache) == 0


def test_two_who_read_the_same_both_count(cache):
    first, second = cache.begin("a"), cache.begin("a")
    cache.end("a", first, A)
    assert cache.get("a") == A
    cache.end("a", second, B)
    assert cache.get("a") == B


def test_a_read_that_began_after_the_write_counts(cache):
    first = cache.begin("a")
    cache.discard("a")
    second = cache.begin("a")
    cache.end("a", first, A)
    cache.end("a", second, B)
    assert cache.get("a") == B


def test_a_read_that_failed_leaves_nothing_behind(cache):
    number = cache.begin("a")
    assert cache.abandon("a", number)
    assert not cache.abandon("a", number)
    assert cache._reading == {}
    cache.end("a", cache.begin("a"), A)
    assert cache._reading == {}
