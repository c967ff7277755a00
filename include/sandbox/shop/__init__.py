"""A shop on 1C-Bitrix with a believable history, made from a seed."""

from sandbox.shop.model import Oddity, Shop
from sandbox.shop.world import build_shop

__all__ = ["Oddity", "Shop", "build_shop"]
