"""Lends these tests the rig of the session's tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "broker" / "session"))
