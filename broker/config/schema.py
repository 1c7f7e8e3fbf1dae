"""The JSON Schema of the file, for editors and for `switchboard config schema`."""

from typing import Any

from broker.config.models import Config

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": r"\$\{"}


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of what is written in the file, short forms and `${NAME}` included.

    It is for editors: some spellings that the loader takes too, such as a number in quotes, it does not know, and the
    checks across keys are the loader's alone.
    """
    schema = Config.model_json_schema(mode="validation")
    expanded: dict[str, Any] = _with_references(schema)
    return {"$schema": _DIALECT, **expanded, "title": "Switchboard configuration"}


def _with_references(node: Any) -> Any:
    """Where a number, a truth value or a word of a set stands, `${NAME}` may stand too."""
    if isinstance(node, list):
        return [_with_references(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {
        key: value if key in ("default", "const", "enum") else _with_references(value) for key, value in node.items()
    }
    if node.get("type") in ("integer", "number", "boolean") or "enum" in node:
        outer = {key: node.pop(key) for key in ("description", "default", "title") if key in node}
        return {**outer, "anyOf": [node, _REFERENCE]}
    return node
