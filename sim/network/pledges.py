"""Re-hypothecation: collateral left with a lender that the lender pledges again."""

from dataclasses import dataclass

from sim.errors import check


@dataclass(slots=True, kw_only=True)
class Pledge:
    """Units of an asset that a lender's treasury holds as margin on an exchange.

    The lender's pool owes them back to its depositors, so its balance of the asset is
    negative by what is out; the tokens themselves lie in ``account`` on ``exchange``.

    Parameters
    ----------
    lender, exchange : indices of the venues.
    account : row of the treasury on the exchange.
    entity : who owns it.
    asset : index of the pledged asset.
    units : still out, units of the asset, >= 0.

    Raises
    ------
    ConfigError
        If the number of units is negative.
    """

    lender: int
    exchange: int
    account: int
    entity: int
    asset: int
    units: float

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((self.units >= 0, "a pledge cannot be of a negative number of units"))
