"""The REST interface of 1C-Bitrix and Bitrix24: calls, batches, and whole lists by key."""

from bookkeeping.clients.bitrix.client import BitrixClient
from bookkeeping.clients.bitrix.lists import ListQuery
from bookkeeping.clients.bitrix.oauth import BitrixOAuth, TokenPair, TokenStore
from bookkeeping.clients.bitrix.reader import ListReader

__all__ = ["BitrixClient", "BitrixOAuth", "ListQuery", "ListReader", "TokenPair", "TokenStore"]
