"""The words for schemas."""

from broker.server.admin.schematic import NUMBER, TEXT, array_of, list_of, object_of, said


def test_members_are_required_or_not() -> None:
    assert object_of({"a": TEXT}, {"b": NUMBER}) == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "required": ["a"],
    }


def test_arrays_of_a_kind_or_of_a_name() -> None:
    assert array_of(TEXT) == {"type": "array", "items": {"type": "string"}}
    assert list_of("Leg") == {"type": "array", "items": {"$ref": "#/components/schemas/Leg"}}


def test_a_description_leaves_the_word_as_it_was() -> None:
    assert said(TEXT, "why") == {"type": "string", "description": "why"}
    assert TEXT == {"type": "string"}
