"""What the demo says first."""

import re
import sys

from broker.cli.console import Style
from broker.cli.demo_header import header, own_command


def test_the_header_is_aligned_with_and_without_colour(tmp_path):
    def shown(on: bool) -> str:
        return header(
            Style(on), ports={"plain": 1, "secure": 2}, admin_url="http://127.0.0.1:3", upstream="ws://x/csms",
            token_file=tmp_path / "token",
        )  # fmt: skip

    assert re.sub(r"\x1b\[[\d;]*m", "", shown(True)) == shown(False)
    assert "http://127.0.0.1:3/metrics" in shown(False)


def test_the_usual_admin_address_need_not_be_typed(tmp_path):
    text = header(
        Style(False), ports={"plain": 1, "secure": 2}, admin_url="http://127.0.0.1:8080", upstream="x",
        token_file=tmp_path / "token",
    )  # fmt: skip
    assert "--admin" not in text


def test_the_command_is_printed_as_it_was_called(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [".venv/bin/switchboard"])
    assert own_command() == ".venv/bin/switchboard"
    monkeypatch.setattr(sys, "argv", ["/elsewhere/bin/switchboard"])
    assert own_command() == "/elsewhere/bin/switchboard"
    monkeypatch.setattr(sys, "argv", ["__main__.py"])
    assert own_command() == "switchboard"
