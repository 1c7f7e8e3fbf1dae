"""`switchboard certs`: the PKI of profiles 2 and 3 from the shell. The package `certs` does the work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from certs import Entry, Issued, Layout

app = typer.Typer(no_args_is_help=True, help="Make, show, renew and revoke certificates.")


class Key(StrEnum):
    """The kinds of key on offer; `certs.KeyType` again, so that `--help` need not load cryptography."""

    ecdsa = "ecdsa"
    rsa = "rsa"


class Why(StrEnum):
    """The reasons for a revocation on offer; `certs.Reason` again, for the same cause."""

    unspecified = "unspecified"
    key_compromise = "keyCompromise"
    affiliation_changed = "affiliationChanged"
    superseded = "superseded"
    cessation_of_operation = "cessationOfOperation"


Directory = Annotated[Path, typer.Option("--dir", help="Folder of the PKI.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Days = Annotated[int | None, typer.Option("--days", min=1, max=36_500, help="Valid for so many days from now.")]
Backdate = Annotated[
    int | None,
    typer.Option(
        "--backdate-days", min=0, max=20_000, help="Valid from so many days ago: for stations with a wrong clock."
    ),
]
Owner = Annotated[str, typer.Option("--organization", "-o", help="O of the CAs: the operator's name.")]
Intermediate = Annotated[
    bool, typer.Option("--intermediate", help="Sign servers by an intermediate CA; the root can go offline.")
]
CaKey = Annotated[Key, typer.Option("--station-ca-key", help="Kind of the station CA's key.")]
StartAnew = Annotated[bool, typer.Option("--force", help="Move an existing PKI aside and start anew.")]
Organization = Annotated[
    str | None, typer.Option("--organization", "-o", help="O of the subject; otherwise that of the CA.")
]
SerialNumber = Annotated[
    str | None, typer.Option("--serial-number", help="CN of the certificate; otherwise the identity.")
]
PKI = Path("pki")


@app.command("init")
def init_command(
    organization: Owner,
    directory: Directory = PKI,
    intermediate: Intermediate = False,
    station_ca_key: CaKey = Key.ecdsa,
    days: Days = None,
    backdate_days: Backdate = None,
    force: StartAnew = False,
    as_json: Json = False,
) -> None:
    """Make the CA for servers, the CA for stations and an empty revocation list."""
    with _readable_errors():
        import certs

        made = certs.init(
            directory,
            organization=organization,
            intermediate=intermediate,
            station_ca_key=certs.KeyType(station_ca_key.value),
            force=force,
            **_period(days, backdate_days),
        )
        _print_init(made, as_json)


@app.command("server")
def server_command(
    names: Annotated[
        list[str], typer.Argument(help="Host names or addresses; the first is the CN, the server's FQDN.")
    ],
    directory: Directory = PKI,
    organization: Organization = None,
    days: Days = None,
    backdate_days: Backdate = None,
    as_json: Json = False,
) -> None:
    """Issue the server's certificates, one ECDSA and one RSA: OCPP's cipher suites need both."""
    with _readable_errors():
        import certs

        issued = certs.issue_server(directory, names, organization=organization, **_period(days, backdate_days))
        if as_json:
            _print_json([_issued(one) for one in issued])
            return
        for one in issued:
            _print_issued(one)
        for problem in certs.describe(issued[0].certificate)[0].problems:
            typer.echo(f"note: {problem}", err=True)


@app.command("station")
def station_command(
    identity: Annotated[str, typer.Argument(help="The station's identity, as in its URL.")],
    directory: Directory = PKI,
    organization: Organization = None,
    serial_number: SerialNumber = None,
    key: Annotated[Key, typer.Option("--key", help="Kind of the station's key.")] = Key.ecdsa,
    days: Days = None,
    backdate_days: Backdate = None,
    as_json: Json = False,
) -> None:
    """Issue a station's client certificate together with its key."""
    with _readable_errors():
        import certs

        issued = certs.issue_station(
            directory,
            identity,
            organization=organization,
            serial_number=serial_number,
            key_type=certs.KeyType(key.value),
            **_period(days, backdate_days),
        )
        _report(issued, as_json)


@app.command("sign")
def sign_command(
    identity: Annotated[str, typer.Argument(help="The station's identity, as in its URL.")],
    request: Annotated[Path, typer.Argument(help="The station's certificate request (PKCS#10, PEM).")],
    directory: Directory = PKI,
    organization: Organization = None,
    serial_number: SerialNumber = None,
    days: Days = None,
    backdate_days: Backdate = None,
    as_json: Json = False,
) -> None:
    """Certify a key that a station made itself, from its certificate request."""
    with _readable_errors():
        import certs

        issued = certs.sign_station(
            directory,
            identity,
            request.read_bytes(),
            organization=organization,
            serial_number=serial_number,
            **_period(days, backdate_days),
        )
        _report(issued, as_json)


@app.command("renew")
def renew_command(
    identities: Annotated[
        list[str] | None, typer.Argument(help="Stations to renew now; without any, everything that is due.")
    ] = None,
    directory: Directory = PKI,
    force: Annotated[bool, typer.Option("--force", help="Renew everything, due or not.")] = False,
    as_json: Json = False,
) -> None:
    """Renew what ends within a month; made for a daily timer."""
    with _readable_errors():
        import certs

        written = certs.renew(directory, identities or (), force=force)
        if as_json:
            _print_json([str(path) for path in written])
            return
        for path in written:
            print(f"{path}  renewed")
        if not written:
            print("nothing is due")


@app.command("revoke")
def revoke_command(
    identity: Annotated[
        str | None, typer.Argument(help="The station whose certificates are revoked, all of them.")
    ] = None,
    serial: Annotated[
        str | None, typer.Option("--serial", help="Only this serial number, in hex as `show` prints it.")
    ] = None,
    reason: Annotated[Why, typer.Option("--reason", help="Why, as the CRL will say.")] = Why.unspecified,
    directory: Directory = PKI,
    as_json: Json = False,
) -> None:
    """Revoke certificates and sign a new revocation list; the broker takes it on `switchboard reload`."""
    with _readable_errors():
        import certs

        number = None if serial is None else _serial(serial)
        revoked = certs.revoke(directory, identity, serial=number, reason=certs.Reason(reason.value))
        if as_json:
            _print_json({"revoked": [_hex(one) for one in revoked]})
            return
        for one in revoked:
            print(f"{_hex(one)}  revoked")
        if not revoked:
            print("nothing to revoke: all are revoked or expired")


@app.command("crl")
def crl_command(directory: Directory = PKI, days: Days = None, as_json: Json = False) -> None:
    """Sign the revocation list anew; with `--days` it must be renewed before they are over."""
    with _readable_errors():
        import certs

        path = certs.refresh(directory, lifetime=None if days is None else timedelta(days=days))
        end = certs.next_update(path)
        if as_json:
            _print_json({"crl": str(path), "next_update": _iso(end)})
            return
        print(f"{path}  valid until {_day(end)}")


@app.command("show")
def show_command(
    path: Annotated[Path, typer.Argument(help="A PEM file, or the folder of a PKI.")] = PKI,
    as_json: Json = False,
) -> None:
    """Show certificates and revocation lists: whose, by whom, how long, and what is wrong with them."""
    with _readable_errors():
        import certs

        entries = certs.describe(path)
        if as_json:
            _print_json([_entry(entry) for entry in entries])
            return
        _print_table(entries)


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Turn what may go wrong into one line and exit code 1."""
    from certs import CertsError

    try:
        yield
    except CertsError as error:
        message = str(error)
    except BrokenPipeError:  # nobody reads on: `entry.main` knows what to do
        raise
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    else:
        return
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(1)


def _period(days: int | None, backdate_days: int | None) -> dict[str, Any]:
    period: dict[str, Any] = {}
    if days is not None:
        period["lifetime"] = timedelta(days=days)
    if backdate_days is not None:
        period["backdate"] = timedelta(days=backdate_days)
    return period


def _serial(text: str) -> int:
    from certs import CertsError

    try:
        return int(text.replace(":", ""), 16)
    except ValueError:
        raise CertsError(f"{text} is no serial number in hex") from None


def _hex(serial: int) -> str:
    return f"{serial:x}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def _print_init(made: "Layout", as_json: bool) -> None:
    root, stations, crl = made.root_ca.certificate, made.station_ca.certificate, made.crl
    if as_json:
        _print_json({"root_ca": str(root), "station_ca": str(stations), "crl": str(crl)})
        return
    print(f"{root}  give it to every station: it verifies the broker by it")
    print(f"{stations}  the listener's client_ca")
    print(f"{crl}  the listener's crl")


def _report(issued: "Issued", as_json: bool) -> None:
    if as_json:
        _print_json(_issued(issued))
    else:
        _print_issued(issued)


def _issued(issued: "Issued") -> dict[str, Any]:
    return {
        "certificate": str(issued.certificate),
        "key": None if issued.key is None else str(issued.key),
        "subject": issued.leaf.subject.rfc4514_string(),
        "serial_number": _hex(issued.leaf.serial_number),
        "not_before": _iso(issued.leaf.not_valid_before_utc),
        "not_after": _iso(issued.leaf.not_valid_after_utc),
    }


def _print_issued(issued: "Issued") -> None:
    end = _day(issued.leaf.not_valid_after_utc)
    print(f"{issued.certificate}  {issued.leaf.subject.rfc4514_string()}, valid until {end}")
    if issued.key is not None:
        print(f"{issued.key}  its key, to be kept secret")


def _entry(entry: "Entry") -> dict[str, Any]:
    return {
        "path": str(entry.path),
        "kind": entry.kind,
        "subject": entry.subject,
        "issuer": entry.issuer,
        "common_name": entry.common_name,
        "organization": entry.organization,
        "names": list(entry.names),
        "serial_number": None if entry.serial_number is None else _hex(entry.serial_number),
        "not_before": _iso(entry.not_before),
        "not_after": _iso(entry.not_after),
        "days_left": entry.days_left,
        "key": entry.key,
        "fingerprint_sha256": entry.fingerprint_sha256,
        "problems": list(entry.problems),
    }


def _print_json(value: Any) -> None:
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False))


def _who(entry: "Entry") -> str:
    who = ", ".join(filter(None, [entry.common_name, entry.organization]))
    others = [name for name in entry.names if name != entry.common_name]
    issuer = "by itself" if entry.issuer == entry.subject else f"by {entry.issuer_name}"
    return "\n".join(filter(None, [who, ", ".join(others), issuer if entry.issuer else ""]))


def _print_table(entries: "list[Entry]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("file", "kind", "subject and issuer", "until", "days", "key"):
        # On a narrow terminal only the names wrap.
        table.add_column(heading, no_wrap=heading != "subject and issuer", overflow="fold")
    for entry in entries:
        left = "" if entry.days_left is None else str(entry.days_left)
        cells = (entry.path.name, entry.kind, _who(entry), _day(entry.not_after), left, entry.key)
        # As Text and not as a string: a subject such as `[red]` is no markup of ours.
        table.add_row(*map(Text, cells), style="yellow" if entry.problems else None)
    console = Console(highlight=False)
    console.print(table)
    for entry in entries:
        for problem in entry.problems:
            console.print(Text(f"{entry.path.name}: {problem}"), style="yellow")
