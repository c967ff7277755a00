"""The REST interface of the sandbox's shop, with the habits of a 1C-Bitrix portal."""

from sandbox.bitrix.app import bitrix_routes
from sandbox.bitrix.counters import BitrixCounters
from sandbox.bitrix.oauth import BitrixOAuth
from sandbox.bitrix.settings import PortalSettings

__all__ = ["BitrixCounters", "BitrixOAuth", "PortalSettings", "bitrix_routes"]
