"""What operators give to operations that have a file fetched or brought."""

import pytest
from pydantic import TypeAdapter, ValidationError

from plugins.shared.file_params import FileName, FileParams, Location, Retried

URL = TypeAdapter(Location)


@pytest.mark.parametrize("location", ["https://h/v2.bin", "ftp://user:pass@h:21/x", "http://[::1]/x", "a+b.c-d:x"])
def test_any_uri_is_a_location(location):
    assert URL.validate_python(location) == location


@pytest.mark.parametrize(
    "location", ["", "h/v2.bin", "//h/x", "1http://h", "http://h/a b", "http://h\n", "a:" + "b" * 2000]
)
def test_what_is_none(location):
    with pytest.raises(ValidationError):
        URL.validate_python(location)


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_file_has_a_name(name):
    with pytest.raises(ValidationError):
        TypeAdapter(FileName).validate_python(name)


@pytest.mark.parametrize("hours", [0, -1, 24 * 365 + 1, "a", float("nan"), float("inf")])
def test_a_url_lives_for_a_year_at_most(hours):
    with pytest.raises(ValidationError):
        Retried(hours=hours)


def test_a_wrong_number_of_retries_may_be_sent():
    """A lab tests what a station makes of it."""
    assert Retried(retries=-1, retryInterval=0).retries == -1


def test_an_unknown_parameter_is_an_error_that_shows_no_value():
    with pytest.raises(ValidationError) as error:
        FileParams(locatoin="http://user:secret@h")
    assert "secret" not in str(error.value)
    assert FileParams.model_config["frozen"]
