"""`switchboard serve`: runs the broker until it is told to stop."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from broker.cli import options
from broker.cli.console import BAD_INPUT, FAILED, fail, note

if TYPE_CHECKING:
    from broker.config import Config


def serve(config: options.ConfigFile = None) -> None:
    """Run the broker until SIGTERM or Ctrl+C; a second one forces the end. SIGHUP reads the configuration again.

    Without a file it listens on loopback only, takes any station, and answers by itself.
    """
    from broker.cli.files import read_config
    from broker.config import warnings_of
    from broker.log import configure
    from broker.server.tls_advice import advice

    read = read_config(config)
    configure(read.logging.format, read.logging.level)
    for warning in (*warnings_of(read), *advice(read.listeners)):
        note(f"warning: {warning}")
    raise typer.Exit(_run(read, config))


def _run(config: "Config", path: Path | None) -> int:
    from broker.cli.announce import AnnouncedBroker
    from broker.cli.files import told
    from broker.cli.loop import run
    from broker.config import ConfigError
    from broker.hooks import PluginError
    from broker.server.tls import TlsError
    from broker.store import StoreError

    async def serving() -> int:
        return await AnnouncedBroker(config, config_path=path).run()

    try:
        return run(serving())
    except PluginError as error:
        for problem in error.problems:
            note(str(problem))
        fail("the plugins do not load", BAD_INPUT)
    except ConfigError as error:
        for fault in error.problems:
            note(f"{fault.path}: {told(fault)}")
        fail("the configuration cannot be used", BAD_INPUT)
    except StoreError as error:
        fail(str(error), FAILED)
    except TlsError as error:
        fail(f"cannot use a certificate: {error}", BAD_INPUT)
    except OSError as error:
        fail(f"cannot start: {error if error.filename else error.strerror or error}", FAILED)
