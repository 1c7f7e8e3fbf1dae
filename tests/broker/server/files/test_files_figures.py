"""Counters of transfers."""

import pytest
from prometheus_client import CollectorRegistry

from broker.server.files.figures import OUTCOMES, Figures


@pytest.mark.parametrize(
    ("purpose", "label"), [("firmware", "firmware"), ("log", "log"), ("", "other"), ("somebody's own", "other")]
)
def test_labels_are_of_closed_sets(purpose, label):
    registry = CollectorRegistry()
    figures = Figures(registry, lambda: 7.0)
    figures.ended(purpose, "done")
    figures.moved(purpose, 5)
    figures.moved(purpose, 6)
    value = registry.get_sample_value
    assert value("switchboard_file_transfers_total", {"purpose": label, "outcome": "done"}) == 1
    assert value("switchboard_file_transferred_bytes_total", {"purpose": label}) == 11
    assert value("switchboard_file_uploads_bytes") == 7


def test_each_outcome_once():
    assert len(set(OUTCOMES)) == len(OUTCOMES)
