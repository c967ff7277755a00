"""Choosing the ports on which people find Airflow and the sandbox."""

from __future__ import annotations

import socket

from local_airflow.errors import LocalAirflowError

HOST = "127.0.0.1"
TRIES = 100


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def first_free(ports: range) -> int:
    """Return the first port on which a server could listen."""
    for port in ports:
        if is_free(port):
            return port
    raise LocalAirflowError(f"There is no free port between {ports[0]} and {ports[-1]}.")


def asked_or_free(asked: str | None, default: int, variable: str) -> int:
    """Return the port that was asked for, which must be free, or the first free one from *default* on."""
    if not asked:
        return first_free(range(default, default + TRIES))
    if not asked.isdecimal() or not is_free(int(asked)):
        raise LocalAirflowError(f"{variable}={asked}: this port is taken, or is no port; choose another.")
    return int(asked)
