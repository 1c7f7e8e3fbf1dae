"""One question of a command to the admin API, and what it says when the answer is a refusal."""

import sys
from typing import Any

import typer

from broker.cli.client import AdminClient, AdminError
from broker.cli.console import BAD_INPUT, FAILED, fail, note

#: Whatever is wrong with the question itself: asking again does not help.
_WRONG_INPUT = (400, 422)


def ask(client: AdminClient, method: str, path: str, body: Any = None) -> Any:
    """The decoded answer. A refusal is told with every fault: exit code 2 for wrong input, 1 for everything else."""
    try:
        return client.ask(method, path, body)
    except AdminError as error:
        tell_faults(error)
        fail(str(error), BAD_INPUT if error.status in _WRONG_INPUT else FAILED)


def tell_faults(error: AdminError) -> None:
    """A line on standard error for each fault that the answer names."""
    body = error.body if isinstance(error.body, dict) else {}
    for fault in body.get("problems") or body.get("errors") or ():
        note(_fault(fault))


def sure(question: str, yes: bool) -> None:
    """Ask before something is lost for good. Without a terminal nobody can answer: then it takes --yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        fail(f"{question} Say --yes.", BAD_INPUT)
    if not typer.confirm(question, err=True):
        fail("nothing was changed")


def _fault(fault: object) -> str:
    if not isinstance(fault, dict):
        return str(fault)
    found = f", found {fault['value']}" if fault.get("value") else ""
    wanted = fault.get("expected") or fault.get("detail", "")
    return f"{fault['path']}: expected {wanted}{found}" if fault.get("path") else str(wanted)
