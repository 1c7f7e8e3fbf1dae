"""What operators give to operations that have a file fetched or brought."""

from typing import Annotated

from pydantic import ConfigDict, Field

from plugins.shared.params import Params

Location = Annotated[str, Field(min_length=3, max_length=2000, pattern=r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+$")]
FileName = Annotated[str, Field(min_length=1, max_length=255)]
Hours = Annotated[float, Field(gt=0, le=24 * 365)]


class FileParams(Params):
    """An unknown member is an error, and no error shows a value: a location may hold a password."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Retried(FileParams):
    retries: int | None = None
    """How often the station tries again; left out: as it likes."""
    retryInterval: int | None = None
    """Seconds between two attempts; left out: as it likes."""
    hours: Hours | None = None
    """How long a URL of the file endpoint is good; left out: a day after the station may begin."""
