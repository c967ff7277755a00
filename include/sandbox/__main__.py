"""The command line: ``python -m sandbox`` serves a shop and all the books until it is stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.app import Settings, create_app, create_server, origin_of
from sandbox.books.page import addresses
from sandbox.faults import FAULTS
from sandbox.profiles import KNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.applications import Starlette

HIGHEST_PORT = 65535


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return 0 then, or 2 with one line on stderr if it cannot begin."""
    wanted = _parser().parse_args(arguments)
    try:
        app = create_app(_settings(wanted))
        listener = socket.create_server((wanted.host, wanted.port))
    except (OSError, ValueError) as error:
        return _complain(error, wanted)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with listener, suppress(KeyboardInterrupt):
        _greet(origin_of(listener), app)
        create_server(app).run(sockets=[listener])
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "python -m sandbox",
        description=__doc__,
        epilog=_profiles(),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8090, help="0 for any free one (%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=7, help="the shop's history follows from it (%(default)s)"
    )
    parser.add_argument("--from", dest="first_day", type=_day, default=date(2026, 10, 1), metavar="DAY")
    parser.add_argument("--days", type=_count, default=7)
    parser.add_argument("--orders-per-day", type=_count, default=40)
    parser.add_argument("--no-limits", action="store_true", help="switch all rate limits off")
    parser.add_argument(
        "--profile", type=_profile, action="append", default=[], metavar="NAME=VALUE", help="see below"
    )
    kinds = f'like {{"fault": "500", "path": "*/counterparties"}}; there are {", ".join(FAULTS)}'
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="JSON", help=kinds)
    parser.add_argument("--state-file", type=Path, help="keep the books here from one start to the next")
    return parser


def _profiles() -> str:
    lines = [f"  {name:31} {profile.takes}" for name, profile in sorted(KNOWN.items())]
    return "\n".join(["profiles, and what they take:", *lines])


def _settings(wanted: Namespace) -> Settings:
    return Settings(
        seed=wanted.seed,
        first_day=wanted.first_day,
        days=wanted.days,
        orders_per_day=wanted.orders_per_day,
        limits=not wanted.no_limits,
        profiles=dict(wanted.profile),
        faults=tuple(wanted.fault),
        state_file=wanted.state_file,
    )


def _greet(origin: str, app: Starlette) -> None:
    settings = app.state.sandbox.settings
    lines = [f"{name:25} {address}" for name, address in addresses(origin, settings.credentials).items()]
    head = (
        f"The sandbox has a shop with {settings.days} days from {settings.first_day}, and three empty books."
    )
    tail = [f"{'What it holds by now':25} {origin}/", "Stop with Ctrl+C.", ""]
    sys.stdout.write("\n".join([head, *lines, *tail]))
    sys.stdout.flush()


def _complain(error: OSError | ValueError, wanted: Namespace) -> int:
    reason = str(error)
    if isinstance(error, OSError):
        reason = f"{error.filename or f'{wanted.host}:{wanted.port}'}: {os.strerror(error.errno or 0)}"
    sys.stderr.write(f"sandbox: {reason}\n")
    return 2


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day like 2026-10-01") from error


def _profile(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _fault(text: str) -> dict[str, object]:
    try:
        rule = json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not JSON") from error
    if not isinstance(rule, dict):
        raise ArgumentTypeError(f"{text!r} is not a JSON object")
    return rule


if __name__ == "__main__":
    sys.exit(main())
