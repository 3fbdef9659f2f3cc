"""Which market data an installation uses."""

from runtime.market.folder import FolderPrices
from runtime.market.shipped import ShippedPrices
from runtime.ports import PriceSource
from runtime.settings import Settings


def price_source(settings: Settings) -> PriceSource:
    """Return the configured folder of price files, or the shipped prices."""
    if settings.market_folder is not None:
        return FolderPrices(settings.market_folder)
    return ShippedPrices()
