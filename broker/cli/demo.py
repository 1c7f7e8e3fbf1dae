"""`switchboard demo`: everything at work on one machine, with nothing to configure and nothing left behind."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from broker.cli.demo_run import Result


def demo(
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="End by itself after so long; without it, Ctrl+C does.")
    ] = None,
) -> None:
    """Stations of OCPP 1.6, 2.0.1 and 2.1 charge through a broker to a CSMS; all of it simulated, on loopback."""
    from broker.cli.console import fail, note
    from broker.cli.demo_run import run_demo
    from broker.cli.loop import run
    from broker.log import configure

    configure("console", "warning")
    try:
        note(_ended(run(run_demo(seconds))))
    except OSError as error:
        fail(f"the demo cannot run here: {error}")


def _ended(result: "Result") -> str:
    return f"\nDemo over: {result.messages} messages, {result.transactions} transactions. Nothing is left behind."
