"""Call a Bitrix portal: one method, many in a batch, or whole lists at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit
import logging

from bookkeeping.clients.answers import Answer, Json, quoted, words_of
from bookkeeping.clients.bitrix.errors import INSIDE_BATCH, VERDICTS, PutOffError, TokenExpiredError
from bookkeeping.clients.bitrix.lists import ListQuery, Reading
from bookkeeping.clients.bitrix.oauth import BitrixOAuth
from bookkeeping.clients.bitrix.wire import Params, to_query, to_wire
from bookkeeping.clients.failures import MovedError, error_of, verdict_on
from bookkeeping.clients.pages import Row
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.errors import MisconfiguredError, TransientError

log = logging.getLogger(__name__)

Command: TypeAlias = tuple[str, Params]

COMMANDS = 50
TIMEOUT = (10.0, 70.0)  # a batch may take the portal a minute
READS = frozenset({"batch", "get", "list", "methods", "scope", "time"})
"""The last words of methods that change nothing; any other is sent once."""
NEEDED_SCOPES = ("sale",)
