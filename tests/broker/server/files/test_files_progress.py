"""How far a transfer got."""

from broker.server.files.progress import Progress


def test_what_went_over():
    assert Progress().count == 0
    assert Progress(start=10, stop=25, size=100).count == 15
