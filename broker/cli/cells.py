"""Values of the admin API as text for a terminal: what a stranger wrote cannot drive it."""

from typing import Any

from broker.cli.console import say


def cell(value: Any) -> str:
    """One value in one line; `-` for nothing."""
    from broker.log import escaped

    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}={cell(item)}" for key, item in value.items()) or "-"
    if isinstance(value, list):
        return "; ".join(cell(item) for item in value) or "-"
    return escaped(str(value))


def show_members(value: dict[str, Any]) -> None:
    """An object, a member a line; a list has a line for each item."""
    width = max((len(key) for key in value), default=0)
    for key, member in value.items():
        lines = member if isinstance(member, list) and member else [member]
        for number, line in enumerate(lines):
            say(f"{('' if number else cell(key)).ljust(width)}  {cell(line)}")
