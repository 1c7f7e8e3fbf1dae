"""The few words that the OpenAPI document's schemas are written with."""

from typing import Any

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
TRUTH = {"type": "boolean"}
TIME = {"type": "string", "format": "date-time"}
ANY_OBJECT = {"type": "object"}


def object_of(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these members."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def array_of(items: dict[str, Any]) -> dict[str, Any]:
    """An array of such items."""
    return {"type": "array", "items": items}


def list_of(name: str) -> dict[str, Any]:
    """An array of what `name` describes."""
    return array_of({"$ref": f"#/components/schemas/{name}"})


def said(schema: dict[str, Any], description: str) -> dict[str, Any]:
    """`schema` with a description."""
    return {**schema, "description": description}
