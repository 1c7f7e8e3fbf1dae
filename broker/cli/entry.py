"""The command `switchboard`, put together from its groups."""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from broker.cli import (
    call,
    certs,
    check,
    compare,
    config,
    demo,
    do,
    events,
    files_cmd,
    forget,
    message_log,
    outbox,
    plugins,
    records,
    reload,
    serve,
    simulate,
    stations,
    tail,
    tokens,
    transactions,
)
from broker.cli.console import FAILED


class Commands(TyperGroup):
    """Our own commands, then those of the plugins that the file in SWITCHBOARD_CONFIG names (`register_commands`)."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command `cmd_name`, or None."""
        return super().get_command(ctx, cmd_name) or plugins.command_of_a_plugin(cmd_name)


app = typer.Typer(
    name="switchboard",
    cls=Commands,
    help="A plugin-based OCPP broker: one door for charging stations, many CSMSs behind it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`switchboard demo` shows it at work; `switchboard COMMAND --help` tells more about a command.",
)
_RUN, _OPERATE, _PREPARE = "Run", "Operate a running broker", "Prepare and check"

app.command("serve", rich_help_panel=_RUN)(serve.serve)
app.command("demo", rich_help_panel=_RUN)(demo.demo)
app.command("simulate", rich_help_panel=_RUN)(simulate.simulate)
app.command("call", rich_help_panel=_OPERATE)(call.call)
app.command("do", rich_help_panel=_OPERATE)(do.do)
app.command("operations", rich_help_panel=_OPERATE)(do.operations)
app.command("tail", rich_help_panel=_OPERATE)(tail.tail)
app.command("messages", rich_help_panel=_OPERATE)(message_log.messages)
app.command("reload", rich_help_panel=_OPERATE)(reload.reload)
app.add_typer(stations.app, name="stations", rich_help_panel=_OPERATE)
app.add_typer(tokens.app, name="tokens", rich_help_panel=_OPERATE)
app.add_typer(transactions.app, name="transactions", rich_help_panel=_OPERATE)
app.command("records", rich_help_panel=_OPERATE)(records.records)
app.command("security-events", rich_help_panel=_OPERATE)(events.security_events)
app.add_typer(forget.app, name="forget", rich_help_panel=_OPERATE)
app.add_typer(outbox.app, name="outbox", rich_help_panel=_OPERATE)
app.add_typer(files_cmd.app, name="files", rich_help_panel=_OPERATE)
app.command("compare", rich_help_panel=_OPERATE)(compare.compare)
app.command("check", rich_help_panel=_PREPARE)(check.check)
app.add_typer(config.app, name="config", rich_help_panel=_PREPARE)
app.add_typer(plugins.app, name="plugins", rich_help_panel=_PREPARE)
app.add_typer(certs.app, name="certs", rich_help_panel=_PREPARE)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"switchboard {version('ocpp-switchboard')}")
        raise typer.Exit


@app.callback()
def _switchboard(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A plugin-based OCPP broker: one door for charging stations, many CSMSs behind it."""


def main() -> None:
    """The console script: exit code 0 for success, 1 for failure, 2 for wrong usage or configuration."""
    try:
        app()
    except BrokenPipeError:  # `switchboard tail | head`: nobody reads on, which is no failure of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
