from importlib.metadata import EntryPoint

import pytest

from broker.hooks import BasePlugin
from broker.hooks.resolve import GROUP, NotFound, profiles, resolve

SOURCE = '''
from broker.api import BasePlugin

class {name}(BasePlugin):
    """From a file."""
'''


class Here(BasePlugin):
    """A plugin in this module."""


def entry(name, value):
    return EntryPoint(name, value, GROUP)


def nothing():
    return ()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lamp.py").write_text(SOURCE.format(name="Lamp"))
    return tmp_path


def test_an_entry_point_is_found_by_its_name():
    found = resolve("core", found=lambda: [entry("core", "plugins.ocpp16.core:Core")])
    assert (found.__module__, found.__name__) == ("plugins.ocpp16.core", "Core")


def test_two_packages_that_offer_one_name_are_an_error():
    with pytest.raises(NotFound, match="more than one installed package offers it: a:A, b:B"):
        resolve("core", found=lambda: [entry("core", "b:B"), entry("core", "a:A"), entry("core", "a:A")])


def test_a_file_in_a_plugin_dir_is_found_by_its_stem(folder):
    assert resolve("lamp", [folder], nothing).__name__ == "Lamp"


def test_a_package_in_a_plugin_dir_may_import_its_own_modules(tmp_path):
    (tmp_path / "lamp").mkdir()
    (tmp_path / "lamp" / "__init__.py").write_text("from .light import Lamp as _Lamp\nclass Lamp(_Lamp): pass\n")
    (tmp_path / "lamp" / "light.py").write_text(SOURCE.format(name="Lamp"))
    assert resolve("lamp", [tmp_path], nothing).__name__ == "Lamp"


def test_an_entry_point_comes_before_a_file(folder):
    found = resolve("lamp", [folder], lambda: [entry("lamp", "plugins.ocpp16.core:Core")])
    assert found.__name__ == "Core"


def test_a_file_with_two_plugins_wants_a_class_name(folder):
    (folder / "pair.py").write_text(SOURCE.format(name="One") + SOURCE.format(name="Two"))
    with pytest.raises(NotFound, match=r"it has: One, Two"):
        resolve("pair", [folder], nothing)
    assert resolve("pair:Two", [folder], nothing).__name__ == "Two"


def test_one_stem_in_two_dirs_is_an_error(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "lamp.py").write_text(SOURCE.format(name="Lamp"))
    with pytest.raises(NotFound, match="more than one file"):
        resolve("lamp", [folder, other], nothing)


def test_module_and_class_are_found_without_any_list():
    assert resolve("plugins.ocpp16.core:Core", (), nothing).__name__ == "Core"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lmap", "did you mean 'lamp'"),
        ("zzzzzz", "known: lamp"),
        ("limps.plugin", "known: lamp"),
        ("no.such.module:Class", "no.such.module cannot be imported"),
        ("plugins.ocpp16.core:Token", "has no plugin class Token"),
        ("plugins.ocpp16.core:Missing", "has no plugin class Missing"),
    ],
)
def test_what_cannot_be_found_says_why(folder, name, text):
    with pytest.raises(NotFound, match=text):
        resolve(name, [folder], nothing)


@pytest.mark.parametrize("source", ["import no_such_thing", "raise SystemExit(1)", "def broken(:"])
def test_a_file_that_cannot_be_imported_is_an_error_and_stops_nothing(folder, source):
    (folder / "bad.py").write_text(source)
    with pytest.raises(NotFound, match=r"bad\.py cannot be imported"):
        resolve("bad", [folder], nothing)


def test_the_tests_beside_a_plugin_are_no_plugins(folder):
    (folder / "test_lamp.py").write_text("raise RuntimeError")
    with pytest.raises(NotFound, match="known: lamp"):
        resolve("zzzzzz", [folder], nothing)


def test_a_dir_that_does_not_exist_holds_nothing(tmp_path):
    with pytest.raises(NotFound, match="known: none"):
        resolve("zzzzzz", [tmp_path / "missing"], nothing)


def test_only_built_in_profiles_are_on_without_a_list():
    found = profiles(
        lambda: [
            entry("ocpp16.core", "plugins.ocpp16.core:Core"),
            entry("policy.trace", "plugins.policy.trace:Trace"),
            entry("ocpp16.stranger", "stranger:Plugin"),
        ]
    )
    assert [spec.name for spec in found] == ["ocpp16.core"]
