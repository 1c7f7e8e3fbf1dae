"""What a secondary sees less of, and how its answers compare."""
