"""Jobs and their tokens."""

import hashlib
import json

import pytest

from broker.records import Records
from broker.server.files.jobs import MOST, Jobs
from broker.store import Store

NOW = 1_700_000_000.0


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
async def records():
    store = Store("sqlite://")
    await store.open()
    yield Records(store)
    await store.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def jobs(records, clock):
    return Jobs(records, clock)


def opened(jobs, name="", **more):
    values = {"identity": "CP001", "purpose": "log", "name": name, "hours": 1.0, "on_done": None}
    return jobs.open(**{**values, **more})


async def documents(records):
    return [(key, value) for _, key, value in await records.documents.all("files")]


async def test_a_token_finds_its_job_and_no_other_does(jobs):
    token, other = opened(jobs), opened(jobs, "v2.bin")
    assert (jobs.find(token).offered, jobs.find(other).offered) == (False, True)
    assert jobs.find(other).name == "v2.bin"
    for wrong in ("", "x", token[:-1], token + "0", token.upper(), "\udcff" * 40, token[::-1]):
        assert jobs.find(wrong) is None


async def test_only_a_digest_of_the_token_is_kept(jobs, records):
    token = opened(jobs)
    ((key, value),) = await documents(records)
    assert key == "job:" + hashlib.sha256(token.encode()).hexdigest()
    assert token not in key + json.dumps(value)
    assert token not in repr(jobs.find(token))


async def test_a_restart_keeps_what_is_open(jobs, records, clock):
    tokens = [opened(jobs), opened(jobs, "v2.bin", identity="CP002", purpose="firmware", hours=48)]
    again = Jobs(records, clock)
    again.load(await documents(records))
    for token in tokens:
        before, after = jobs.find(token), again.find(token)
        for member in ("identity", "purpose", "name", "offered", "expires"):
            assert getattr(before, member) == getattr(after, member)
        assert (before.after_restart, after.after_restart) == (False, True)
    assert len(again) == 2


async def test_a_token_ends_with_its_time(jobs, clock):
    token = opened(jobs, hours=2)
    clock.now = NOW + 7199
    assert jobs.find(token)
    assert jobs.expired() == []
    clock.now = NOW + 7200
    assert jobs.find(token) is None
    assert len(jobs.expired()) == 1


async def test_what_takes_place_now_has_not_expired(jobs, clock):
    job = jobs.find(opened(jobs))
    job.running.append(object())
    clock.now = NOW + 99999
    assert jobs.expired() == []


async def test_a_token_ends_with_its_use(jobs, records):
    token = opened(jobs)
    job = jobs.find(token)
    await records.commit(jobs.close(job))
    assert (jobs.find(token), len(jobs), jobs.of("CP001"), await documents(records)) == (None, 0, [], [])
    jobs.close(job)


async def test_nobody_else_brings_what_is_being_kept(jobs):
    token = opened(jobs)
    job = jobs.find(token)
    job.taken = True
    assert jobs.find(token) is None


async def test_a_station_has_so_many_at_most(jobs):
    tokens = [opened(jobs) for _ in range(MOST)]
    opened(jobs, identity="CP002")
    assert jobs.crowded("CP001") == []
    opened(jobs)
    assert jobs.crowded("CP001") == [jobs.find(tokens[0])]
    assert jobs.crowded("CP002") == jobs.crowded("CP003") == []
    assert len(jobs.of("CP001")) == MOST + 1


async def test_other_documents_are_none_of_it(jobs):
    jobs.load([("upload:1", {"identity": "CP001"})])
    assert len(jobs) == 0
