import subprocess
import sys

import pytest

from broker.hooks import Plugins, PluginSpec, scaffold


@pytest.mark.parametrize("name", ["tidy", "my-plugin", "Vendor_2"])
def test_the_scaffold_is_a_plugin_that_loads_from_plugin_dirs(tmp_path, name):
    files = scaffold(name)
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    module = next(path for path in files if not path.startswith("test_")).removesuffix(".py")
    plugins = Plugins.load([PluginSpec(module, {"vendor": "X"})], plugin_dirs=[tmp_path])
    assert plugins.describe()[0]["config"] == {"vendor": "X"}


def test_the_test_of_the_scaffold_passes(tmp_path):
    for path, text in scaffold("my-plugin").items():
        (tmp_path / path).write_text(text)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (ran.returncode, "2 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["", "1st", "a b", "a/b", "../up", "class", "a.b"])
def test_a_name_that_is_no_module_is_refused(name):
    with pytest.raises(ValueError, match="cannot name a plugin"):
        scaffold(name)
