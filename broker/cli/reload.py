"""`switchboard reload`: the running broker takes its changed configuration."""

from broker.cli import options
from broker.cli.client import AdminError, connect
from broker.cli.console import BAD_INPUT, FAILED, fail, note, say, show_json


def reload(
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Make the broker read its configuration and certificates again. A wrong file changes nothing.

    SIGHUP does the same. Stations stay connected. Exit code 2 when the new configuration has problems.
    """
    client = connect(admin, token, token_file)
    try:
        answer = client.post("/api/v1/reload")
    except AdminError as error:
        body = error.body if isinstance(error.body, dict) else {}
        for problem in body.get("problems") or body.get("errors") or ():
            note(_problem(problem))
        fail(f"not reloaded: {error}", BAD_INPUT if error.status in (400, 409, 422) else FAILED)
    if as_json:
        show_json(answer if answer is not None else {})
    else:
        say("reloaded")


def _problem(problem: object) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    found = f", found {problem['value']}" if problem.get("value") else ""
    expected = problem.get("expected", "")
    return f"{problem['path']}: expected {expected}{found}" if problem.get("path") else str(expected)
