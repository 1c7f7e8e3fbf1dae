"""The file endpoint: a listener of its own from which stations fetch firmware, and to which they bring files.

Who has a URL has the file: each is made for one transfer of one station, cannot be guessed, and ends with its use.
"""

from broker.server.files.secure import secured
from broker.server.files.server import FileServer, Plan
from broker.server.files.shelf import Upload

__all__ = ["FileServer", "Plan", "Upload", "secured"]
