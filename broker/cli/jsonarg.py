"""A JSON object as an argument: the text itself, a file, or standard input."""

import json
import sys
from pathlib import Path
from typing import Any

from broker.cli.console import BAD_INPUT, fail


def json_object(text: str, what: str, example: str) -> dict[str, Any]:
    """The object in `text`; `@FILE` reads a file, `-` standard input. Says what is wrong and exits with 2."""
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        value = json.loads(text)
    except OSError as error:
        fail(f"cannot read {text[1:]}: {error.strerror or error}", BAD_INPUT)
    except ValueError as error:
        fail(f"{what} is not JSON: {error}", BAD_INPUT)
    if not isinstance(value, dict):
        fail(f"{what} has to be a JSON object, such as {example}", BAD_INPUT)
    return value
