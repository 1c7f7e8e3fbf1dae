"""What is to be changed in the records."""

from collections.abc import Sequence

from broker.store import Op

Change = Sequence[Op]
"""Made by the records' own methods; given to `Records.later` or `Records.commit`."""
