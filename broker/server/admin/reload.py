"""POST /api/v1/reload: read the configuration and the certificates again."""

import structlog
from aiohttp import web

from broker.config import ConfigError, Problem
from broker.hooks import PluginError
from broker.server.admin.context import CONTEXT, asked_by
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import no_body, parameters

_audit = structlog.get_logger("broker.audit")


async def reload(request: web.Request) -> web.Response:
    """Swap to the new configuration; 422 with every problem, and then nothing was changed."""
    parameters(request)
    await no_body(request)
    by = asked_by(request)
    problems = await _problems(request)
    _audit.info("reload", by=by, problems=len(problems))
    if problems:
        detail = "nothing was changed: " + "; ".join(
            f"{row['path']}: expected {row['expected']}" for row in problems[:3]
        )
        raise ApiProblem("invalid-configuration", detail, problems=problems)
    return respond({"status": "reloaded"})


async def _problems(request: web.Request) -> list[dict[str, str]]:
    try:
        found = await request.app[CONTEXT].surface.reload() or ()
    except ConfigError as error:
        found = error.problems
    except PluginError as error:
        return [{"path": p.path or f"plugin {p.plugin}", "value": "", "expected": p.message} for p in error.problems]
    return [_row(problem) for problem in found]


def _row(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "value": problem.value, "expected": problem.expected}
