"""`switchboard config`: the configuration for tools."""

import json
from pathlib import Path
from typing import Annotated

import typer

from broker.cli.console import FAILED, fail, note, say

app = typer.Typer(no_args_is_help=True, help="The JSON Schema of the configuration file.")


@app.command("schema")
def schema_command(
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to a file.")] = None,
) -> None:
    """The JSON Schema of the configuration, for an editor's completion and checks.

    In the file itself: # yaml-language-server: $schema=switchboard.schema.json
    """
    from broker.config import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if output is None:
        say(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror or error}", FAILED)
    note(f"wrote {output}")
