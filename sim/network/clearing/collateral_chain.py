"""Unwinding of collateral chains: lenders of the failed keep what clients had pledged to it."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from sim.arrays import Bools, Floats, Ints
from sim.errors import check
from sim.network.clearing.cascade import cascade, insolvent, named
from sim.network.clearing.sheet import rows, sheet
from sim.network.exposures import ExposureKind, Exposures
from sim.network.roles import Contagion


@dataclass(frozen=True, slots=True, kw_only=True)
class CollateralChain:
    """Let failures run up chains of collateral that has been pledged again.

    A ``PLEDGE`` says that its debtor holds collateral of its creditor, its client, and owes it
    back. What an entity posts to its own lenders comes first from what clients pledged to it.
    When it fails

    1. its lenders keep the collateral that they hold, up to their claims, and return the rest;
    2. clients get back what was never pledged again, and what lenders returned; of the
       remainder they lose the same share each, less ``recovery``;
    3. with ``set_off``, a client counts what it owes the failed entity against that, and owes so
       much less; who has failed before has nothing to set off;
    4. the unsecured part of all other claims, inside and outside, pays ``recovery``.

    Whoever's equity turns negative fails next, and the chain goes on. Ranking outside
    collateral, and the lack of conservation, are Furfine's.

    Parameters
    ----------
    recovery : share of an unsecured claim that is paid in default, in [0, 1].
    set_off : whether clients may count their own debts against what is not returned.
    failed : names of entities that fail at first, whatever their equity.

    Raises
    ------
    ConfigError
        If the recovery is out of range.

    References
    ----------
    Singh and Aitken (2010), "The (sizable) role of rehypothecation in the shadow banking
    system", IMF Working Paper 10/172; Luu, Napoletano, Barucca and Battiston (2021),
    "Collateral unchained", Journal of Financial Stability 52.

    Examples
    --------
    The broker holds 10 of the fund's and has pledged all of it to the bank, for a loan of 9.

    >>> from sim.network.exposures import Exposures
    >>> chain = Exposures(
    ...     names=("fund", "broker", "bank"),
    ...     outside_assets=np.array([2.0, 30.0, 50.0]),
    ...     outside_liabilities=np.array([0.0, 15.0, 0.0]),
    ...     debtor=np.array([1, 1]),
    ...     creditor=np.array([0, 2]),
    ...     amount=np.array([10.0, 9.0]),
    ...     kind=np.array([ExposureKind.PLEDGE, ExposureKind.SECURED_LOAN], dtype=np.int8),
    ...     collateral=np.array([0.0, 10.0]),
    ... )
    >>> CollateralChain().clear(chain, np.array([0.0, 8.0, 0.0])).equity
    array([ 3., -2., 59.])
    """

    recovery: float = 0.0
    set_off: bool = True
    failed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check((0 <= self.recovery <= 1, "recovery must lie in [0, 1]"))

    def clear(self, exposures: Exposures, shock: Floats) -> Contagion:
        """Return who fails in which round, and what is left."""
        balance, lost = sheet(exposures, shock), 1.0 - self.recovery
        gone, against = self._exposed(exposures)
        losses = exposures.matrix(lost * (gone - against))
        losses.eliminate_zeros()
        found = cascade(
            balance,
            losses,
            exposures.outside_liabilities * lost,
            insolvent(balance),
            named(balance, self.failed),
        )
        return _once(found, exposures.matrix(lost * against))

    def _exposed(self, exposures: Exposures) -> tuple[Floats, Floats]:
        """Return what of each claim is not covered if its debtor fails, and what is set off, USD.

        Both are (E,).
        """
        open_ = exposures.amount - exposures.secured()
        pledge = exposures.kind == ExposureKind.PLEDGE
        gone = open_ * not_returned(exposures)[exposures.debtor]
        owed = _owed_back(exposures, np.where(pledge, 0.0, open_))
        against = np.minimum(owed * _part_of_pair(exposures, gone, pledge), gone)
        against = np.where(pledge & self.set_off, against, 0.0)
        return np.where(pledge, gone, open_), against


def _once(found: Contagion, against: csr_array) -> Contagion:
    """Let what clients set off count once: as paid on both claims, or on neither.

    Parameters
    ----------
    found : losses of clients less what they set off, and of the failed on clients in full.
    against : (N, N) USD, row who holds collateral, column its client: losses that setting off
        spares the client, and its holder where both fail. No failure hangs on it: the holder has
        failed by then.
    """
    wave, holder, client = found.wave_of(), rows(against), against.indices
    both = (wave[holder] >= 0) & (wave[client] >= wave[holder])
    late = (wave[client] >= 0) & (wave[client] < wave[holder])
    creditor, debtor = np.where(late, client, holder), np.where(late, holder, client)
    change = np.where(late, against.data, np.where(both, -against.data, 0.0))
    if not change.any():
        return found
    of_debtor, of_creditor = (np.bincount(who, change, wave.size) for who in (debtor, creditor))
    losses = (found.losses + csr_array((change, (creditor, debtor)), shape=against.shape)).tocsr()
    losses.eliminate_zeros()
    return replace(
        found,
        payments=found.payments - of_debtor,
        shortfall=found.shortfall + of_debtor,
        equity=found.equity - of_creditor,
        losses=losses,
    )


def not_returned(exposures: Exposures) -> Floats:
    """Return which share of clients' collateral each entity could not give back, (N,).

    That is what it has pledged again, less what its lenders would return, as a share of all
    that clients pledged to it; 0 for those who hold none.
    """
    size = len(exposures)
    pledge = exposures.kind == ExposureKind.PLEDGE
    held = np.bincount(exposures.debtor, np.where(pledge, exposures.amount, 0.0), minlength=size)
    surplus = np.bincount(exposures.debtor, exposures.worth() - exposures.secured(), minlength=size)
    again = np.minimum(held, exposures.posted())
    gone = again - np.minimum(again, surplus)
    share: Floats = np.divide(gone, held, out=np.zeros(size), where=held > 0)
    return share


def _pairs(exposures: Exposures, debtor: Ints, creditor: Ints) -> Ints:
    """Return one number for each ordered pair."""
    return debtor * len(exposures) + creditor


def _owed_back(exposures: Exposures, usd: Floats) -> Floats:
    """Return, for every claim, what its creditor owes its debtor, (E,) USD."""
    there = _pairs(exposures, exposures.debtor, exposures.creditor)
    back = _pairs(exposures, exposures.creditor, exposures.debtor)
    known, place = np.unique(there, return_inverse=True)
    sums = np.bincount(place, usd, minlength=known.size)
    if not known.size:
        return sums
    at = np.minimum(np.searchsorted(known, back), known.size - 1)
    return np.asarray(np.where(known[at] == back, sums[at], 0.0))


def _part_of_pair(exposures: Exposures, usd: Floats, mask: Bools) -> Floats:
    """Return each masked claim's part of all masked claims that join the same pair, (E,)."""
    there = _pairs(exposures, exposures.debtor, exposures.creditor)
    known, place = np.unique(there, return_inverse=True)
    counted = np.where(mask, usd, 0.0)
    sums = np.bincount(place, counted, minlength=known.size)[place]
    return np.divide(counted, sums, out=np.zeros_like(counted), where=sums > 0)
