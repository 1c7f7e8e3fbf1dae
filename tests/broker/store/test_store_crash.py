"""Nothing that was committed is ever lost: kill -9, no room on the disk, a torn log, flipped bytes (R-01 to R-03)."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from store_kit import message, opened

from broker.store import StoreError, StoreFailed, ops
from broker.store.database import Database
from broker.store.plan import execute, plan

CHILD = Path(__file__).with_name("store_child.py")


async def outboxes_of(store):
    rows = []
    for box in await store.outboxes():
        rows += await store.outbox(box.identity, box.upstream, limit=box.depth)
    return rows


@pytest.mark.parametrize("commits", [1, 50, 400, 1500])
async def test_what_was_said_to_be_committed_is_there_after_a_kill(url, commits):
    child = subprocess.Popen([sys.executable, CHILD, "kill", url], stdout=subprocess.PIPE, text=True)
    said = [int(child.stdout.readline()) for _ in range(commits)]
    child.kill()
    rest, _ = child.communicate()
    said += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    async with opened(url) as store:
        rows = await outboxes_of(store)
        assert set(said) <= {row.id for row in rows}
        assert len(rows) - len(said) <= 40, "and what nobody was told of is at most what was under way"
        assert store.new_id() > max(said)
        for row in rows:
            assert len((await store.station(row.identity)).transactions) >= 1


def test_a_disk_without_room_refuses_and_comes_back(url):
    done = subprocess.run([sys.executable, CHILD, "room", url], capture_output=True, text=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert "SQLITE_" in result.pop("reason")
    assert result.pop("some") > 50
    assert result == {"refused": True, "readable": True, "seen": [True, False], "same": True, "memory": True}


def test_a_log_that_is_cut_off_anywhere_in_its_last_commit_loses_that_commit_at_most(path, tmp_path):
    database = Database(f"sqlite:///{path}")
    opened_ = database.open()
    log = path.with_name(path.name + "-wal")

    def commit(number):
        opened_.connection.execute("BEGIN IMMEDIATE")
        for run in plan([ops.put_outbox(message(number)), ops.put_transaction("CP1", number, b"tx")]):
            execute(opened_.connection, opened_.writes, run)
        opened_.connection.execute("COMMIT")
        return log.read_bytes()

    before = [commit(number) for number in range(1, 6)][-1]
    after = commit(6)
    base = path.read_bytes()
    assert len(after) > len(before)
    offsets = {*range(len(before), len(after), 131), *range(len(before), len(before) + 60), len(after) - 1, len(after)}
    seen = set()
    for offset in sorted(offsets):
        torn = tmp_path / "torn.db"
        torn.write_bytes(base)
        torn.with_name("torn.db-wal").write_bytes(after[:offset])
        torn.with_name("torn.db-shm").unlink(missing_ok=True)
        copy = Database(f"sqlite:///{torn}")
        connection = copy.open().connection
        found = [row[0] for row in connection.execute("SELECT id FROM outbox ORDER BY id")]
        refs = [row[0] for row in connection.execute("SELECT ref FROM station_transaction ORDER BY ref")]
        assert found == refs, "all or none"
        seen.add((offset == len(after), tuple(found)))
        connection.close()
        copy.release()
    assert seen == {(False, (1, 2, 3, 4, 5)), (True, (1, 2, 3, 4, 5, 6))}
    opened_.connection.close()
    database.release()


async def test_a_flipped_byte_is_refused_or_isolated_and_never_delivered(url, path, tmp_path):
    async with opened(url) as store:
        rows = [message(number, payload=b'{"value":%d}' % (number * 1111)) for number in range(1, 6)]
        await store.write([ops.put_outbox(row) for row in rows])
    content = path.read_bytes()
    with sqlite3.connect(path) as other:
        root, page = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").fetchone()[0], 4096
    other.close()
    used = [offset for offset in range((root - 1) * page, root * page) if content[offset]]
    outcomes = {"refused": 0, "isolated": 0, "sound": 0}
    copy = tmp_path / "flipped.db"
    for offset in used[::7]:
        flipped = bytearray(content)
        flipped[offset] ^= 0x40
        shutil.copy(path, copy)
        copy.write_bytes(flipped)
        outcomes[await outcome(f"sqlite:///{copy}", rows)] += 1
    assert outcomes["isolated"] > 20
    assert sum(outcomes.values()) > 50


async def outcome(url, rows):
    try:
        async with opened(url) as store:
            found = await store.outbox("CP1", "main")
            dead = await store.dead()
    except (StoreError, StoreFailed):
        return "refused"
    known = {(row.payload, row.key, row.action, row.ref, row.kind, row.received_at) for row in rows}
    for row in found:
        assert (row.payload, row.key, row.action, row.ref, row.kind, row.received_at) in known
    return "isolated" if dead else "sound"
