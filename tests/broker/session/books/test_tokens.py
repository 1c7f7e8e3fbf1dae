"""The cache of what upstreams have said of tokens."""

from datetime import UTC, datetime, timedelta
from time import time

import pytest
from outbox_kit import call

from broker.ocpp import Reply
from broker.session.books import tokens as module
from broker.session.books.tokens import Tokens
from broker.store import Store

AUTHORIZE = call("Authorize", {"idTag": "Tag"})


def info(status="Accepted", **more):
    return Reply.result({"idTagInfo": {"status": status, **more}})


def in_seconds(seconds, *, offset=True):
    date = datetime.now(UTC) + timedelta(seconds=seconds)
    return date.isoformat() if offset else date.replace(tzinfo=None).isoformat()


def test_what_an_upstream_has_said_is_said_in_its_place_and_in_no_other():
    tokens = Tokens()
    tokens.learn("main", AUTHORIZE, info("Blocked", parentIdTag="P"))
    assert tokens.info("main", {"idTag": "Tag"}) == {"status": "Blocked", "parentIdTag": "P"}
    assert tokens.info("other", {"idTag": "Tag"}) is None


def test_an_id_tag_is_the_same_in_any_case():
    tokens = Tokens()
    tokens.learn("main", AUTHORIZE, info())
    assert tokens.info("main", {"idTag": "TAG"}) == {"status": "Accepted"}


def test_an_id_token_of_another_type_is_another_token():
    tokens = Tokens()
    asked = call("TransactionEvent", {"idToken": {"idToken": "T", "type": "ISO14443"}})
    tokens.learn("main", asked, Reply.result({"idTokenInfo": {"status": "Invalid"}}))
    assert tokens.info("main", {"idToken": {"idToken": "T", "type": "ISO14443"}}) == {"status": "Invalid"}
    assert tokens.info("main", {"idToken": {"idToken": "T", "type": "eMAID"}}) is None


def test_the_newest_answer_counts():
    tokens = Tokens()
    tokens.learn("main", AUTHORIZE, info())
    tokens.learn("main", AUTHORIZE, info("Expired"))
    assert tokens.info("main", {"idTag": "Tag"}) == {"status": "Expired"}


@pytest.mark.parametrize("offset", [True, False])
def test_an_answer_holds_until_its_own_expiry_date(offset, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    module_time = __import__("time")
    module_time.tzset()
    try:
        tokens = Tokens()
        tokens.learn("main", AUTHORIZE, info(expiryDate=in_seconds(60, offset=offset)))
        tokens.learn("main", call("Authorize", {"idTag": "old"}), info(expiryDate=in_seconds(-60, offset=offset)))
        assert tokens.info("main", {"idTag": "Tag"}) is not None
        assert tokens.info("main", {"idTag": "old"}) is None
    finally:
        monkeypatch.undo()
        module_time.tzset()


def test_an_answer_holds_for_thirty_days_at_most(monkeypatch):
    tokens = Tokens()
    tokens.learn("main", AUTHORIZE, info())
    now = time()
    monkeypatch.setattr(module, "time", lambda: now + 29 * 86400)
    assert tokens.info("main", {"idTag": "Tag"}) is not None
    monkeypatch.setattr(module, "time", lambda: now + 31 * 86400)
    assert tokens.info("main", {"idTag": "Tag"}) is None


def test_a_date_that_nobody_can_read_is_no_licence():
    tokens = Tokens()
    tokens.learn("main", AUTHORIZE, info(expiryDate="tomorrow"))
    assert tokens.info("main", {"idTag": "Tag"}) is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply.error("InternalError"),
        Reply.result({}),
        Reply.result({"idTagInfo": "Accepted"}),
        Reply.result({"idTagInfo": {"status": 1}}),
        Reply.result(b'{"idTagInfo":{"status":"\xff"}}'),
    ],
)
def test_an_answer_that_says_nothing_of_the_token_is_passed_over(reply):
    tokens = Tokens()
    tokens.learn("main", AUTHORIZE, info("Blocked"))
    tokens.learn("main", AUTHORIZE, reply)
    assert tokens.info("main", {"idTag": "Tag"}) == {"status": "Blocked"}


def test_a_payload_without_a_token_is_known_to_nobody():
    tokens = Tokens()
    tokens.learn("main", call("StopTransaction", {"transactionId": 1}), info())
    assert tokens.info("main", {"transactionId": 1}) is None
    assert tokens.info("main", {"idTag": None}) is None


def test_the_oldest_go_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(module, "_MOST", 2)
    tokens = Tokens()
    for tag in ("a", "b", "a", "c"):
        tokens.learn("main", call("Authorize", {"idTag": tag}), info())
    known = {tag for tag in "abc" if tokens.info("main", {"idTag": tag})}
    assert known == {"a", "c"}


async def test_a_restart_forgets_nothing_and_the_store_holds_no_token_in_plain_text(tmp_path):
    path = tmp_path / "x.db"
    store = Store(f"sqlite:///{path}")
    await store.open()
    Tokens(store).learn("main", call("Authorize", {"idTag": "SECRETTAG"}), info("Blocked"))
    await store.close()
    assert not any(b"SECRETTAG" in file.read_bytes() for file in tmp_path.iterdir())
    await store.open()
    again = Tokens(store)
    await again.load(["main", "other"])
    assert again.info("main", {"idTag": "secrettag"}) == {"status": "Blocked"}
    await store.close()


async def test_the_same_answer_again_is_not_written_again(monkeypatch):
    store = Store("sqlite://")
    tokens, written = Tokens(store), []
    monkeypatch.setattr(store, "later", written.append)
    for status in ("Accepted", "Accepted", "Blocked"):
        tokens.learn("main", AUTHORIZE, info(status))
    assert len(written) == 2
