"""`switchboard reload`: the running broker takes its changed configuration."""

from broker.cli import options
from broker.cli.ask import tell_faults
from broker.cli.client import AdminError, connect
from broker.cli.console import BAD_INPUT, FAILED, fail, say, show_json


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
        tell_faults(error)
        fail(f"not reloaded: {error}", BAD_INPUT if error.status in (400, 409, 422) else FAILED)
    if as_json:
        show_json(answer if answer is not None else {})
    else:
        say("reloaded")
