"""The audit log: who changed what, and what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from aiohttp import web

from broker.server.admin.context import asked_by
from broker.server.admin.problems import KINDS, ApiProblem
from broker.store import StoreFailed

_audit = structlog.get_logger("broker.audit")


@contextmanager
def audited(request: web.Request, event: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Log `event` with the token's name and the status, however the block ends. Whatever is put into the yielded
    dict is logged too."""
    seen: dict[str, Any] = {"status": 500, **fields}
    try:
        yield seen
        seen["status"] = 200
    except ApiProblem as problem:
        seen["status"] = problem.status
        raise
    except StoreFailed:
        seen["status"] = KINDS["store-failed"].status
        raise
    finally:
        _audit.info(event, by=asked_by(request), **seen)
