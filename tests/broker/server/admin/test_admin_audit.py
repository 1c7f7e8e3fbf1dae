"""The audit log."""

from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from broker.server.admin import audit
from broker.server.admin.problems import ApiProblem
from broker.store import StoreFailed


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    monkeypatch.setattr(audit, "asked_by", lambda request: request.who)
    log = SimpleNamespace(info=lambda event, **fields: rows.append({"event": event, **fields}))
    monkeypatch.setattr(audit, "_audit", log)
    return rows


REQUEST: Any = SimpleNamespace(who="ops")


def test_who_what_and_what_came_of_it(logged: list[dict[str, Any]]) -> None:
    with audit.audited(REQUEST, "outbox drop", identity="CP1") as seen:
        seen["dropped"] = 3
    assert logged == [{"event": "outbox drop", "by": "ops", "identity": "CP1", "dropped": 3, "status": 200}]


def test_a_refusal_is_logged_with_its_status(logged: list[dict[str, Any]]) -> None:
    with pytest.raises(ApiProblem), audit.audited(REQUEST, "outbox retry"):
        raise ApiProblem("empty-outbox", "nothing waits")
    assert logged == [{"event": "outbox retry", "by": "ops", "status": 409}]


def test_a_store_that_fails_has_its_own_status(logged: list[dict[str, Any]]) -> None:
    with pytest.raises(StoreFailed), audit.audited(REQUEST, "outbox drop"):
        raise StoreFailed("disk full")
    assert logged[0]["status"] == 503


def test_a_fault_is_logged_with_what_was_done_before_it(logged: list[dict[str, Any]]) -> None:
    def half_of_it() -> None:
        with audit.audited(REQUEST, "dead letters drop") as seen:
            seen["dropped"] = 200
            raise KeyError("fault")

    with pytest.raises(KeyError):
        half_of_it()
    assert logged == [{"event": "dead letters drop", "by": "ops", "dropped": 200, "status": 500}]


def test_it_is_the_log_of_the_audit() -> None:
    assert structlog.get_logger("broker.audit")._logger_factory_args == audit._audit._logger_factory_args
