"""The shared types: paths, numbers, `off`, names."""

from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from broker.config.base import (
    Age,
    ConfigFolder,
    ConfigPath,
    Count,
    Fault,
    Faults,
    Globs,
    Identity,
    Model,
    Name,
    Names,
    Profile,
    Rate,
    Seconds,
    SecondsOrOff,
    SecondsOrZero,
    Size,
    each_once,
)


class Everything(Model):
    path: ConfigPath = Path("a")
    folder: ConfigFolder = Path("f")
    seconds: Seconds = 1
    zero: SecondsOrZero = 0
    off: SecondsOrOff = 1
    count: Count = 1
    profile: Profile = 0
    name: Name = "n"
    globs: Globs = Field(default=["*"])
    identity: Identity = "CP"
    names: Names = Field(default=["a"])
    rate: Rate = 1
    age: Age = 1
    size: Size = 65536


def test_a_model_is_frozen():
    with pytest.raises(ValidationError):
        Everything().count = 2


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError):
        Everything(unheard_of=1)


@pytest.mark.parametrize("off", [0, "off", False, "0"])
def test_off_has_several_spellings(off):
    assert Everything(off=off).off == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 0},
        {"seconds": -1},
        {"seconds": True},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"seconds": 86401},
        {"zero": -1},
        {"off": True},
        {"off": "never"},
        {"count": 0},
        {"count": 1.5},
        {"count": True},
        {"profile": 4},
        {"profile": -1},
        {"profile": False},
        {"name": ""},
        {"name": "a b"},
        {"name": "-a"},
        {"name": "x" * 65},
        {"globs": []},
        {"globs": [""]},
        {"identity": ""},
        {"identity": "a\nb"},
        {"identity": ".."},
        {"identity": "x" * 256},
        {"identity": 5},
        {"path": ""},
        {"path": "."},
        {"folder": ""},
        {"folder": "a\0b"},
        {"path": "a\0b"},
        {"names": []},
        {"names": ""},
        {"rate": 0},
        {"rate": 1_000_001},
        {"rate": True},
        {"age": 0},
        {"age": 3650 * 86400 + 1},
        {"age": False},
        {"size": 65535},
        {"size": 2**40 + 1},
        {"size": True},
    ],
)
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(ValidationError):
        Everything(**wrong)


def test_one_pattern_stands_for_a_list():
    assert Everything(globs="CP*").globs == ["CP*"]
    assert Everything(names="main").names == ["main"]


def test_the_outermost_values_are_taken():
    made = Everything(rate=1_000_000, age=3650 * 86400, size=2**40)
    assert (made.rate, made.age, made.size) == (1_000_000, 3650 * 86400, 2**40)


def test_a_list_has_each_entry_once():
    assert each_once([1, 2]) == [1, 2]
    with pytest.raises(ValueError, match="each entry once"):
        each_once([1, 2, 1])


def test_a_number_from_the_environment_is_text_and_is_taken():
    assert Everything(seconds="2.5", count="7").count == 7


def test_a_relative_path_counts_from_the_folder_of_the_file():
    made = Everything.model_validate({"path": "pki/a.pem"}, context={"folder": Path("/etc/switchboard")})
    assert made.path == Path("/etc/switchboard/pki/a.pem")


def test_the_folder_of_the_file_is_a_folder_too():
    made = Everything.model_validate({"folder": "."}, context={"folder": Path("/etc/switchboard")})
    assert made.folder == Path("/etc/switchboard")


def test_a_default_path_counts_from_the_folder_too():
    assert Everything.model_validate({}, context={"folder": Path("/etc")}).path == Path("/etc/a")


def test_an_absolute_path_stays():
    made = Everything.model_validate({"path": "/srv/a"}, context={"folder": Path("/etc")})
    assert made.path == Path("/srv/a")


def test_the_home_folder_is_known(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert Everything(path="~/a").path == Path("/home/somebody/a")


def test_an_unknown_home_folder_is_a_fault_and_no_crash():
    with pytest.raises(ValidationError, match="without ~"):
        Everything(path="~nobody-of-this-name/a")


def test_an_identity_may_hold_what_percent_encoding_can_bring():
    assert Everything(identity="CP/1 ü:%").identity == "CP/1 ü:%"


def test_faults_are_raised_only_when_there_are_some():
    Faults.check([])
    with pytest.raises(Faults) as caught:
        Faults.check([Fault(("a",), "one"), Fault(("b",), "two")])
    assert str(caught.value) == "one; two"
