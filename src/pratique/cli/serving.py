"""`pratique serve` and `pratique worker`."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Final

import click

from pratique import __version__
from pratique.bootstrap.child import WorkerProcess
from pratique.bootstrap.house import House, build
from pratique.bootstrap.measuring import measure
from pratique.bootstrap.serving import build_application, build_server_of, run_server
from pratique.bootstrap.starting import first_admin, prepare
from pratique.bootstrap.working import build_worker
from pratique.cli.options import config_option, data_option, fail, settings_of, storage_options
from pratique.clock import SystemClock
from pratique.errors import PratiqueError
from pratique.migrations import check
from pratique.settings import Settings
from pratique.telemetry import Log, Metrics, StandardLibraryHandler, open_log
from pratique.telemetry.lines import DATABASE_UPGRADED, STARTED, STOPPED

ADMIN_PASSWORD: Final = "PRATIQUE_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable


@click.command()
@data_option
@click.option("--listen", metavar="HOST:PORT", help="Where to listen.  [default: 127.0.0.1:5000]")
@config_option
@click.option(
    "--tls-cert", type=click.Path(dir_okay=False), help="Certificate chain (PEM); read again when it changes."
)
@click.option("--tls-key", type=click.Path(dir_okay=False), help="Private key of the certificate (PEM).")
def serve(
    data: Path | None, listen: str | None, config_file: Path | None, tls_cert: str | None, tls_key: str | None
) -> None:
    """Serve the registry, with its worker beside it. SIGTERM lets open requests finish and exits 0.

    The first start makes the administrator `admin`: with the password in PRATIQUE_ADMIN_PASSWORD, or with one
    that is printed once.

    \b
    Examples:
      pratique serve --data ./data --listen 127.0.0.1:5000
      pratique serve --config /etc/pratique.toml --tls-cert server.pem --tls-key server.key
    """
    options = {
        **storage_options(data),
        "server": {"listen": listen, "tls_cert": tls_cert, "tls_key": tls_key},
    }
    settings = settings_of(config_file, options)
    log, metrics = log_of(settings), Metrics()
    try:
        house = build(settings, SystemClock(), metrics)
        if upgraded := prepare(house):
            log.write(DATABASE_UPGRADED, from_revision=upgraded.before or "", to_revision=upgraded.after)
        password = first_admin(house, os.environ.get(ADMIN_PASSWORD))
        arguments = _worker_arguments(data, config_file)
        _serve(house, log, metrics, password, WorkerProcess(arguments, _worker_environment(settings), log))
    except PratiqueError as error:
        fail(error)


def _serve(house: House, log: Log, metrics: Metrics, password: str | None, worker: WorkerProcess) -> None:
    def started(host: str, port: int) -> None:
        url = _reached_at(house.settings, host, port)
        log.write(STARTED, url=url, version=__version__)
        _welcome(url, password)

    measure(house, metrics)
    application = build_application(house, log, metrics)
    server = build_server_of(house.settings, application, log, started, worker.ask_to_stop)
    if house.settings.workers.embedded:
        worker.start()
    try:
        run_server(server)
    finally:
        worker.stop()
        house.close()
    log.write(STOPPED)


def log_of(settings: Settings) -> Log:
    """The log of this process, and of the libraries in it."""
    log = open_log(sys.stderr, settings.log.level, settings.log.format)
    logging.basicConfig(handlers=[StandardLibraryHandler(log)], level=logging.WARNING, force=True)
    return log


def _worker_arguments(data: Path | None, config_file: Path | None) -> list[str]:
    arguments = [] if data is None else ["--data", str(data)]
    return arguments if config_file is None else [*arguments, "--config", str(config_file)]


def _worker_environment(settings: Settings) -> dict[str, str]:
    """Ours, with what the command line said of the server: the worker checks the same settings."""
    server = settings.server
    said = {"LISTEN": server.listen, "TLS_CERT": server.tls_cert, "TLS_KEY": server.tls_key}
    inherited = {name: value for name, value in os.environ.items() if name != ADMIN_PASSWORD}
    return {**inherited, **{f"PRATIQUE_SERVER__{name}": value for name, value in said.items()}}


def _reached_at(settings: Settings, host: str, port: int) -> str:
    """Where clients reach us: as configured, else where we listen (the port may have been 0)."""
    scheme = "https" if settings.server.tls_cert else "http"
    return settings.server.external_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _welcome(url: str, password: str | None) -> None:
    """What a person needs to go on; the password only once, on the first start."""
    where = url.partition("://")[2]
    lines = [f"Pratique {__version__} serves on {url}", ""]
    if password is not None:
        lines += [f"  user      admin\n  password  {password}    (shown this once: keep it)", ""]
    lines += [
        "Three commands to try:",
        f"  curl -u admin {url}/api/v2.0/projects",
        f"  skopeo login --tls-verify=false -u admin {where}",
        f"  skopeo copy --dest-tls-verify=false dir:image docker://{where}/library/app:1.0",
    ]
    click.echo("\n".join(lines))


@click.command()
@data_option
@config_option
@click.option(
    "--until-end-of-input", is_flag=True, help="Stop when standard input ends: for whoever starts it."
)
def worker(data: Path | None, config_file: Path | None, until_end_of_input: bool) -> None:
    """Do the later work: judging again, garbage collection, the audit log. `serve` starts one by itself.

    \b
    Example:
      pratique worker --config /etc/pratique.toml
    """
    settings = settings_of(config_file, storage_options(data))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    if until_end_of_input:
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    try:
        house = build(settings, SystemClock())
        try:
            check(house.stores.database)
            build_worker(house, log_of(settings)).run(stop)
        finally:
            house.close()
    except PratiqueError as error:
        fail(error)


def _wait_for_end(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()
