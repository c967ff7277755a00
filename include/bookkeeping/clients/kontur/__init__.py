"""Kontur.Accounting: what is sent to it, what it answers, and the calls between."""

from bookkeeping.clients.kontur.client import KonturClient

__all__ = ["KonturClient"]
