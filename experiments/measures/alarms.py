"""Calls that were not needed, set against losses that no call had foreseen."""

from dataclasses import dataclass

from sim.arrays import Floats
from sim.errors import check

WORTH_CALLING = 0.05
"""Rise of margin that counts as a call, as a share of the margin before it."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """Every update by whether there was a call, and whether there should have been one.

    Parameters
    ----------
    justified : calls after which a loss came that the margin before would not have covered.
    false : calls after which none came.
    missed : losses beyond the margin before, with no call ahead of them.
    quiet : no call, and no such loss.
    """

    justified: int
    false: int
    missed: int
    quiet: int

    @property
    def false_rate(self) -> float:
        """Share of harmless periods before which there was a call."""
        return _share(self.false, self.quiet)

    @property
    def hit_rate(self) -> float:
        """Share of the losses that a call preceded; one less the miss rate."""
        return _share(self.justified, self.missed)


def alarms(rates: Floats, losses: Floats, *, worth: float = WORTH_CALLING) -> Alarms:
    r"""Sort updates by whether margin was called, and whether it had to be.

    There is a call at :math:`t` where :math:`m_t > (1 + w) m_{t-1}`. It is justified if the
    loss of the margin period that begins at :math:`t` exceeds :math:`m_{t-1}`, what would have
    been there without it.

    Parameters
    ----------
    rates : (n,) margin :math:`m` at each update, fraction of notional.
    losses : (n,) or shorter, loss of the margin period that begins at the same update.
    worth : :math:`w`, least rise that counts as a call, >= 0.

    Raises
    ------
    ConfigError
        If ``worth`` is negative, or there is nothing to compare.

    Examples
    --------
    >>> import numpy as np
    >>> rates = np.array([0.04, 0.04, 0.06, 0.06, 0.08])
    >>> alarms(rates, np.array([0.0, 0.05, 0.05, 0.01, 0.01]))
    Alarms(justified=1, false=1, missed=1, quiet=1)
    """
    check(
        (worth >= 0, "worth must be >= 0"),
        (1 < losses.size <= rates.size, "losses must be as many as rates, or fewer, and two"),
    )
    before, now = rates[: losses.size - 1], rates[1 : losses.size]
    called = now > (1.0 + worth) * before
    needed = losses[1:] > before
    return Alarms(
        justified=int((called & needed).sum()),
        false=int((called & ~needed).sum()),
        missed=int((~called & needed).sum()),
        quiet=int((~called & ~needed).sum()),
    )


def _share(part: int, rest: int) -> float:
    """Return part of the whole, ``nan`` of nothing."""
    return part / (part + rest) if part + rest else float("nan")
