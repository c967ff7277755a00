"""The addresses of the portal: methods by webhook or by token, and the desk that gives tokens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.bitrix.budget import OperatingBudget
from sandbox.bitrix.counters import BitrixCounters
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.oauth import TokenDesk
from sandbox.bitrix.php import Params, nested, parse_json, parse_str
from sandbox.bitrix.portal import Portal
from sandbox.bitrix.settings import PortalSettings
from sandbox.limits import LeakyBucket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from sandbox.bitrix.oauth import BitrixOAuth
    from sandbox.shop import Shop

    Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

VERBS = ["GET", "POST"]
# The portal's own name, which stays the same wherever it moves.
MEMBER_ID = "a223c6b3710f85df22e9377d6c4f7553"


def bitrix_routes(  # noqa: PLR0913 what a portal is made of
    shop: Shop,
    *,
    clock: Callable[[], float],
    webhook: tuple[str, str],
    oauth: BitrixOAuth,
    limit: tuple[float, int] | None,
    counters: BitrixCounters | None = None,
    settings: PortalSettings | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> list[BaseRoute]:
    """Serve a shop as a portal does; each request is done whole before the next one begins.

    :param clock: epoch seconds, by which limits refill, tokens expire and updates are dated.
    :param webhook: the user and the secret code of an incoming webhook.
    :param limit: requests a second that leak from the bucket, and how many it holds; `None` for no limit.
    :param counters: where to count; look at it whenever you like.
    :param settings: what is granted and what calls cost; it may be changed while the portal runs.
    :param sleep: how an answer is kept back that took its time; meanwhile others are served.
    """
    portal = Portal(
        shop=shop,
        clock=clock,
        webhook=webhook,
        tokens=TokenDesk(oauth, clock),
        bucket=LeakyBucket(*limit, clock) if limit else None,
        counters=counters or BitrixCounters(),
        settings=settings or PortalSettings(),
        budget=OperatingBudget(clock),
        sleep=sleep,
    )
    return [
        Route("/oauth/token/", _token_desk(portal), methods=VERBS),
        Route("/rest/{user}/{code}/{method}", _redirecting(portal, _by_webhook(portal)), methods=VERBS),
        Route("/rest/{method}", _redirecting(portal, _by_token(portal)), methods=VERBS),
    ]


def _by_webhook(portal: Portal) -> Endpoint:
    async def call(request: Request) -> Response:
        address, params = request.path_params, await read_params(request)
        return await portal.answer(address["method"], params, webhook=(address["user"], address["code"]))

    return call


def _by_token(portal: Portal) -> Endpoint:
    async def call(request: Request) -> Response:
        return await portal.answer(request.path_params["method"], await read_params(request))

    return call


def _redirecting(portal: Portal, serve: Endpoint) -> Endpoint:
    """Send whoever still calls the portal by an old name to the new one, and serve the others."""

    async def call(request: Request) -> Response:
        host = portal.settings.moved_to
        if host and request.url.netloc != host:
            return RedirectResponse(request.url.replace(netloc=host), 302)
        return await serve(request)

    return call


def _token_desk(portal: Portal) -> Endpoint:
    async def refresh(request: Request) -> Response:
        portal_url = str(request.base_url.replace(path=f"{request.scope['root_path']}/"))
        return token_answer(portal, await read_params(request), portal_url)

    return refresh


async def read_params(request: Request) -> Params:
    """Merge the query with a form or, if there is none, with a JSON body; the body wins."""
    body = await request.body()
    return {**parse_str(request.url.query), **(await read_form(request) or parse_json(body))}


async def read_form(request: Request) -> Params:
    """Read a form of either encoding; a request without one has no parameters here."""
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return parse_str((await request.body()).decode(errors="replace"))
    if content_type.startswith("multipart/form-data"):
        form = await request.form()
        return nested((key, text) for key, text in form.multi_items() if isinstance(text, str))
    return {}


def token_answer(portal: Portal, params: Params, portal_url: str) -> JSONResponse:
    """Answer a request for tokens as the authorization server does."""
    try:
        pair = portal.tokens.refresh(params)
    except RestError as error:
        return JSONResponse(error.as_dict(), error.status)
    whereabouts = {
        "client_endpoint": f"{portal_url}rest/",
        "server_endpoint": f"{portal_url}rest/",
        "domain": urlsplit(portal_url).netloc,
        "member_id": MEMBER_ID,
        "scope": ",".join(sorted(portal.settings.scopes)),
        "status": "L",
        "user_id": 1,
    }
    return JSONResponse(pair | whereabouts)
