"""What the demo says before the first message: who talks to whom, where to look, how to get out."""

import shlex
import sys
from pathlib import Path

from broker.cli.console import Style
from broker.cli.demo_parts import ACTORS, address
from broker.cli.options import DEFAULT_ADMIN

_EXAMPLE = """'{"requestedMessage": "Heartbeat"}'"""


def header(style: Style, *, ports: dict[str, int], admin_url: str, upstream: str, token_file: Path) -> str:
    """The whole text."""
    rest = [*([] if admin_url == DEFAULT_ADMIN else ["--admin", admin_url]), "--token-file", str(token_file)]
    options = " ".join(map(shlex.quote, rest))
    command = shlex.quote(own_command())
    call = f"{command} call {ACTORS[0].identity} TriggerMessage {_EXAMPLE}"
    return "\n".join(
        [
            "",
            style("Switchboard demo", "bold"),
            "Simulated stations charge through the broker to a simulated CSMS, all on this machine.",
            "",
            *_stations(style, ports),
            f"  {style('CSMS', 'bold'):<{_pad(style)}}  {upstream}",
            "",
            f"  {style('Admin', 'bold'):<{_pad(style)}}  {style(admin_url, 'cyan')}",
            f"  {style('Metrics', 'bold'):<{_pad(style)}}  {style(admin_url + '/metrics', 'cyan')}",
            "",
            "Try in another terminal:",
            f"  {style(f'{command} tail {ACTORS[1].identity} {options}', 'green')}",
            f"  {style(f'{call} {options}', 'green')}",
            "",
            f"{style('->', 'green')} call of a station   {style('<-', 'yellow')} call to a station   "
            f"{style('<=', 'yellow')} {style('=>', 'green')} their answers and how long they took",
            style("Ctrl+C ends the demo; it leaves nothing behind.", "bold"),
            "",
        ]
    )


def _pad(style: Style) -> int:
    """The width of the first column, with the colour codes that are in it but take no room."""
    return 8 + (len(style("x", "bold")) - 1)


def _stations(style: Style, ports: dict[str, int]) -> list[str]:
    lines = []
    for actor in ACTORS:
        name = style(actor.identity, "bold")
        version = f"OCPP {actor.version.value.removeprefix('ocpp')}"
        way = f"profile {actor.profile}: {actor.how}"
        lines.append(f"  {name:<{_pad(style)}}  {version:<10}  {way:<27}  {address(actor, ports)}")
    return lines


def own_command() -> str:
    """How this command was called, so that what is printed can be typed: `.venv/bin/switchboard` for one."""
    called = Path(sys.argv[0])
    if called.name != "switchboard":
        return "switchboard"
    try:
        return str(called.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(called)
