"""`switchboard simulate`: stations for a trial or a load, against this broker or any CSMS."""

import contextlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli import options
from broker.cli.console import BAD_INPUT, FAILED, Style, coloured, columns, fail, note, show_json

if TYPE_CHECKING:
    import ssl

    from broker.simulate import SimulatedStation


class Versions(StrEnum):
    """What --version takes."""

    v16 = "1.6"
    v201 = "2.0.1"
    v21 = "2.1"
    mixed = "mixed"


def simulate(
    url: Annotated[str, typer.Option(help="The endpoint; the identity is appended, or replaces {identity}.")],
    stations: Annotated[int, typer.Option("--stations", "-n", min=1, max=20_000, help="How many.")] = 1,
    version: Annotated[Versions, typer.Option(help="The OCPP version; mixed takes them in turn.")] = Versions.v16,
    prefix: Annotated[str, typer.Option(help="Identities are this and a number: CP001, CP002, ...")] = "CP",
    identity: Annotated[str | None, typer.Option(help="The identity of a single station.")] = None,
    id_token: Annotated[str, typer.Option(help="The driver's idTag or idToken.")] = "DEMO-TAG",  # noqa: S107
    password: Annotated[
        str | None, typer.Option(help="For Basic authentication.", envvar="SWITCHBOARD_STATION_PASSWORD")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="CA that the server's certificate has to come from.")] = None,
    cert: Annotated[Path | None, typer.Option(help="Client certificate for profile 3.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its key.")] = None,
    every: Annotated[float, typer.Option(min=0.01, help="Seconds between meter values.")] = 10.0,
    samples: Annotated[int, typer.Option(min=1, help="Meter values of a transaction.")] = 6,
    ramp: Annotated[float, typer.Option(min=0, help="Seconds over which the stations connect.")] = 0.0,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after so long.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No line for each message.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Simulated stations that boot, charge in a loop and answer commands, until Ctrl+C."""
    if identity is not None and stations != 1:
        fail("--identity names a single station; use --prefix for more", BAD_INPUT)
    if not url.startswith(("ws://", "wss://")):
        fail(f"--url: expected ws:// or wss://, found {url}", BAD_INPUT)
    from broker.cli.loop import run
    from broker.log import configure
    from broker.ocpp import Version
    from broker.simulate import Fleet, Pace, SimulatedStation, station_names

    configure("console", "warning")
    names = [identity] if identity is not None else station_names(stations, prefix)
    kinds = list(Version) if version is Versions.mixed else [Version(f"ocpp{version.value}")]
    tls = client_context(ca, cert, key)
    pace = Pace(every=every, samples=samples, sample_covers=every)
    made = [
        SimulatedStation(
            url, name, kinds[number % len(kinds)], password=password, tls=tls, id_token=id_token, pace=pace
        )
        for number, name in enumerate(names)
    ]
    if not quiet and not as_json:
        _show(made)
    fleet = Fleet(made, ramp=ramp)
    with contextlib.suppress(KeyboardInterrupt):
        run(fleet.run(seconds))
    _report(fleet.stations, as_json)


def client_context(ca: Path | None, cert: Path | None, key: Path | None) -> "ssl.SSLContext | None":
    """The TLS side of a station; None leaves it to the system's CAs. Exits with a readable error."""
    if ca is None and cert is None:
        if key is not None:
            fail("--key goes with --cert", BAD_INPUT)
        return None
    import ssl

    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
        if cert is not None:
            context.load_cert_chain(cert, key)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        fail(f"cannot use {cert or ca}: {error}", BAD_INPUT)
    return context


def _show(stations: "list[SimulatedStation]") -> None:
    from broker.cli.messages import Lines
    from broker.cli.wire import WireLines

    lines = Lines(Style(coloured(sys.stdout)), width=columns(sys.stdout))
    for station in stations:
        station.on_line = WireLines(lines, station.identity, station.version)


def _report(stations: "tuple[SimulatedStation, ...]", as_json: bool) -> None:
    booted = sum(station.boots > 0 for station in stations)
    done = sum(station.charged for station in stations)
    if as_json:
        show_json({"stations": len(stations), "booted": booted, "transactions": done})
    else:
        note(f"{booted} of {len(stations)} stations booted, {done} transactions")
    if not booted:
        raise typer.Exit(FAILED)
