"""The page that tells a person what the sandbox serves, with which keys, and what it holds by now."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from sandbox.books.shelf import BASES
from sandbox.profiles import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.books.settings import Credentials

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sandbox</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }}
td, th {{ padding: .2rem 1.2rem .2rem 0; text-align: left; vertical-align: top }}
code {{ background: #f3f3f3; padding: .1rem .3rem }}
</style></head>
<body>
<h1>Sandbox: a shop on 1C-Bitrix and the books of Kontur</h1>
<p>Swap the vendor's host for <code>{origin}</code> and keep the path.</p>
<h2>Addresses and keys</h2>{addresses}
<h2>In the books</h2>{counts}
<h2>Requests</h2>{requests}
<h2>How they behave</h2>{profiles}
<h2>Steering</h2>
<ul>
<li><a href="/_sandbox/state">/_sandbox/state</a>: all that the books hold</li>
<li><a href="/_sandbox/profiles">/_sandbox/profiles</a>: how they behave; <code>PUT</code> to change</li>
<li><a href="/_sandbox/faults">/_sandbox/faults</a>: what breaks; <code>POST</code> a rule,
<code>DELETE</code> all</li>
<li><code>DELETE /_sandbox/books</code>: empty books</li>
<li><code>PATCH</code> or <code>DELETE /_sandbox/books/{{book}}/{{collection}}/{{id}}</code>:
plant a difference</li>
</ul>
</body></html>
"""


def addresses(origin: str, keys: Credentials) -> dict[str, str]:
    """What to put into a connection to each of the services, in words."""
    return {
        "Bitrix, webhook": f"{origin}, user {keys.bitrix_user}, code {keys.bitrix_webhook}",
        "Bitrix, OAuth": f"{origin}, token URL {origin}/oauth/token/, client {keys.bitrix_client_id}, "
        f"secret {keys.bitrix_client_secret}, refresh token {keys.bitrix_refresh_token}",
        "Kontur.Accounting": f"{origin}{BASES['kontur']}, account {keys.kontur_account}, "
        f"API key {keys.kontur_api_key}",
        "Kontur.Accounting, OAuth": f"token URL {origin}/connect/token, client {keys.kontur_client_id}, "
        f"secret {keys.kontur_client_secret}, scope accounting.api",
        "Elba, OAuth": f"{origin}{BASES['elba_oauth']}, token URL {origin}/connect/token, "
        f"client {keys.elba_client_id}, secret {keys.elba_client_secret}",
        "Elba, public API": f"{origin}{BASES['elba_public']}, API key {keys.elba_api_key}, "
        f"organization {keys.elba_organization_id}, bank account {keys.elba_bank_account_id}",
    }


def render(
    origin: str, keys: Credentials, state: Mapping[str, Mapping[str, Any]], profiles: Mapping[str, str]
) -> str:
    """The page, with the counts and the profiles of this moment."""
    return PAGE.format(
        origin=escape(origin),
        addresses=_table(addresses(origin, keys).items()),
        counts=_table(_counts(state)),
        requests=_table((name, _plain(value)) for name, value in state["counters"].items()),
        profiles=_table(
            (name, f"{value or 'none'} (takes {KNOWN[name].takes})") for name, value in profiles.items()
        ),
    )


def _counts(state: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for book in BASES:
        kept = (f"{name}: {len(rows)}" for name, rows in state[book].items() if rows)
        yield book, ", ".join(kept) or "nothing yet"


def _plain(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{name}: {_plain(part)}" for name, part in value.items()) or "none"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"
