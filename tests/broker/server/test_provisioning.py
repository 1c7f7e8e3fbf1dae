"""What the file has to say, handed to the records."""

import pytest

from broker.config import loads
from broker.config.tokens import TokenEntry
from broker.records import Records, Registration, Token
from broker.server.provisioning import provision, token_book, token_of
from broker.store import Store

FILE = """
tokens:
  TAG1: Blocked
  TAG2: {expires: "1970-01-01T00:01:00Z", parent: G, parent_type: Central, type: ISO14443, note: n, language: de,
         language2: en, message: m, evses: {CP001: [1]}, priority: 0, credit: 0, tariff: t}
stations:
  unknown_boot: rejected
  known:
    - {identity: CP001, boot: pending}
    - {identity: CP002}
"""


@pytest.fixture
async def records():
    store = Store("sqlite://")
    await store.open()
    yield Records(store)
    await store.close()


async def test_tokens_of_the_file_are_known(records):
    provision(loads(FILE), records)
    assert (await records.tokens.find("tag1")).status == "Blocked"
    assert await records.tokens.find("TAG2") == Token(
        id="TAG2", type="ISO14443", expires=60.0, parent="G", parent_type="Central", note="n", language="de",
        language2="en", message="m", evses={"CP001": [1]}, priority=0, credit=0.0, tariff="t",
        source="file",
    )  # fmt: skip


async def test_what_the_api_has_set_counts_before_the_file_also_after_a_reload(records):
    await records.tokens.put(Token(id="tag1", status="Accepted"))
    for _ in range(2):
        provision(loads(FILE), records)
        assert (await records.tokens.find("TAG1")).status == "Accepted"


async def test_a_token_that_is_gone_from_the_file_is_gone(records):
    provision(loads(FILE), records)
    provision(loads("{}"), records)
    assert await records.tokens.find("TAG1") is None


async def test_boot_policies_are_the_registrations_the_files_or_that_of_strangers(records):
    provision(loads(FILE), records)
    policies = {one: records.registrations.boot_policy(one) for one in ("CP001", "CP002", "CP999")}
    assert policies == {"CP001": "pending", "CP002": "accepted", "CP999": "rejected"}
    await records.registrations.put(Registration(identity="CP999"))
    await records.registrations.put(Registration(identity="CP001", boot="accepted"))
    assert [records.registrations.boot_policy(one) for one in ("CP001", "CP999")] == ["accepted", "accepted"]


async def test_a_reload_changes_boot_policies(records):
    provision(loads(FILE), records)
    provision(loads("stations: {known: [{identity: CP001, boot: rejected}]}"), records)
    assert [records.registrations.boot_policy(one) for one in ("CP001", "CP999")] == ["rejected", "accepted"]


def test_a_token_has_no_empty_members():
    token = token_of("A", TokenEntry(), source="api", at=1.5)
    assert token == Token(id="A", updated_at=1.5)
    assert token_book({"A": TokenEntry()})["A"].source == "file"
