"""The command as a whole."""

import re
import subprocess
import sys

import pytest

from broker.cli import app, main

HEAVY = (
    "aiohttp",
    "pydantic",
    "ocpp",
    "broker.ocpp",
    "msgspec",
    "structlog",
    "cryptography",
    "prometheus_client",
    "yaml",
)
COMMANDS = (
    "serve", "demo", "simulate", "call", "tail", "reload", "stations", "outbox", "compare", "check", "config",
    "plugins", "certs",
)  # fmt: skip


def test_the_help_imports_nothing_heavy():
    code = (
        "import sys; from broker.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_and_has_help(invoke, command):
    done = invoke(command, "--help")
    assert done.exit_code == 0
    assert f"switchboard {command}" in done.stdout or command in done.stdout


def test_the_help_names_every_command(invoke):
    shown = invoke("--help").stdout
    assert [command for command in COMMANDS if not re.search(rf"\b{command}\b", shown)] == []


def test_the_version_is_shown(invoke):
    assert re.fullmatch(r"switchboard \d+\.\d+\.\d+\n", invoke("--version").stdout)


def test_an_unknown_command_is_wrong_usage(invoke):
    done = invoke("fly")
    assert done.exit_code == 2
    assert "No such command" in done.stderr


def test_a_plugin_of_the_configured_file_adds_its_command(invoke, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "greeter.py").write_text(
        "import typer\nfrom broker.api import BasePlugin, hookimpl\n"
        "greet = typer.Typer()\n"
        "@greet.command()\n"
        "def hello(): print('hello from a plugin')\n"
        "class Greeter(BasePlugin):\n"
        '    """Greets."""\n'
        "    @hookimpl\n"
        "    def register_commands(self): return {'greet': greet}\n"
    )
    (tmp_path / "sb.yaml").write_text("plugin_dirs: [./mine]\nplugins: [greeter]\n")
    monkeypatch.setenv("SWITCHBOARD_CONFIG", str(tmp_path / "sb.yaml"))
    done = invoke("greet")
    assert (done.exit_code, done.stdout) == (0, "hello from a plugin\n")


def test_the_console_script_exits_with_the_code_of_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["switchboard", "check", "-c", "no-such-file.yaml"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "no-such-file.yaml" in capsys.readouterr().err


def test_ctrl_c_is_no_traceback(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("broker.cli.entry.app", interrupted)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130


def test_the_app_is_what_the_package_exports():
    assert app.info.name == "switchboard"
