"""Kontur.Elba in its two dialects: the first description's (``oauth``) and the vendor's own (``public``)."""

from bookkeeping.clients.elba.oauth import ElbaOauthClient
from bookkeeping.clients.elba.public import ElbaPublicClient

__all__ = ["ElbaOauthClient", "ElbaPublicClient"]
