"""A clearing house's default waterfall: who pays for what a member cannot pay."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.errors import UserError, check

ROUNDING = 1e-12
"""So small a share of a loss is what adding layers up has left over."""


class UncoveredLossError(UserError):
    """A loss that no layer of a waterfall covers; somebody has to be told who bears it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allocation:
    """Who paid what for a loss, layer by layer, USD.

    Parameters
    ----------
    loss : what there was to be paid.
    defaulter_im, defaulter_df : paid by the defaulter's initial margin and fund share.
    sitg : paid by the clearing house's own capital ahead of the survivors.
    survivor_df : (M,) paid by each survivor's share of the default fund.
    second_sitg : paid by own capital that ranks behind the fund.
    assessments : (M,) called from each survivor on top.
    gains_haircut : (M,) kept back from each survivor's variation-margin gains.
    unallocated : left over: contracts have to be torn up, or somebody outside pays.
    """

    loss: float
    defaulter_im: float
    defaulter_df: float
    sitg: float
    survivor_df: Floats
    second_sitg: float
    assessments: Floats
    gains_haircut: Floats
    unallocated: float

    def layers(self) -> dict[str, float]:
        """Return what each layer paid, first to last, the rest at the end, USD."""
        return {
            "defaulter_im": self.defaulter_im,
            "defaulter_df": self.defaulter_df,
            "sitg": self.sitg,
            "survivor_df": float(self.survivor_df.sum()),
            "second_sitg": self.second_sitg,
            "assessments": float(self.assessments.sum()),
            "gains_haircut": float(self.gains_haircut.sum()),
            "unallocated": self.unallocated,
        }

    def complete(self) -> "Allocation":
        """Return this, if every dollar has found somebody who pays it, rounding apart.

        Raises
        ------
        UncoveredLossError
            If the layers cannot cover the loss, with what each of them paid.
        """
        if self.unallocated > ROUNDING * self.loss:
            paid = ", ".join(
                f"{name} {usd:,.2f}" for name, usd in self.layers().items() if name != "unallocated"
            )
            raise UncoveredLossError(
                f"the waterfall covers {self.loss - self.unallocated:,.2f} USD of a loss of "
                f"{self.loss:,.2f} USD and leaves {self.unallocated:,.2f} USD: {paid}; enlarge a "
                "layer, or tear contracts up for the rest"
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waterfall:
    """What a clearing house can draw on when one member defaults, first to last.

    The defaulter pays first, with initial margin and then with its share of the default fund.
    The clearing house's own capital (skin in the game) stands before the survivors' shares,
    which pay in proportion to their size. A second tranche of own capital may follow. Then
    survivors are assessed, in proportion to their shares and up to a multiple of them, and
    last the variation-margin gains of those who won are cut by one common haircut.

    Parameters
    ----------
    defaulter_im, defaulter_df : the defaulter's initial margin and fund share, USD, >= 0.
    sitg : own capital ahead of the survivors, USD, >= 0.
    survivor_df : (M,) fund share of each survivor, USD, >= 0.
    vm_gains : (M,) variation margin due to each survivor that may be cut, USD, >= 0.
    assessment_cap : most that is assessed, multiple of a survivor's fund share, >= 0.
    second_sitg : own capital behind the survivors' fund, USD, >= 0.

    Raises
    ------
    ConfigError
        Naming every layer that makes no sense.

    References
    ----------
    Regulation (EU) 648/2012 (EMIR), article 45, for the order up to the fund; CPMI-IOSCO (2014),
    Recovery of financial market infrastructures, for assessments, haircuts of gains and tear-up.

    Examples
    --------
    >>> waterfall = Waterfall(
    ...     defaulter_im=70.0,
    ...     defaulter_df=20.0,
    ...     sitg=10.0,
    ...     survivor_df=np.array([60.0, 30.0, 10.0]),
    ...     vm_gains=np.array([120.0, 60.0, 20.0]),
    ... )
    >>> waterfall.allocate(260.0).assessments
    array([36., 18.,  6.])
    >>> waterfall.allocate(700.0).unallocated
    200.0
    """

    defaulter_im: float
    defaulter_df: float
    sitg: float
    survivor_df: Floats
    vm_gains: Floats
    assessment_cap: float = 1.0
    second_sitg: float = 0.0

    def __post_init__(self) -> None:
        """Refuse layers that make no sense, all of them in one message."""
        gains = self.vm_gains.size
        usd = ("defaulter_im", "defaulter_df", "sitg", "second_sitg", "survivor_df", "vm_gains")
        check(
            *((_sound(getattr(self, name)), f"{name} must be finite and >= 0 USD") for name in usd),
            (_sound(self.assessment_cap), "assessment_cap must be finite and >= 0"),
            (
                self.survivor_df.shape == self.vm_gains.shape,
                f"survivor_df is of {self.survivor_df.size} members, vm_gains of {gains}",
            ),
        )

    def allocate(self, loss: float) -> Allocation:
        """Return who pays for ``loss``, USD, >= 0; what nobody pays is ``unallocated``.

        Raises
        ------
        ConfigError
            If the loss is negative or not finite.
        """
        check((_sound(loss), f"a loss must be finite and >= 0 USD, not {loss}"))
        im, left = _drawn(self.defaulter_im, loss)
        df, left = _drawn(self.defaulter_df, left)
        own, left = _drawn(self.sitg, left)
        fund, left = shared(self.survivor_df, left)
        second, left = _drawn(self.second_sitg, left)
        assessed, left = shared(self.assessment_cap * self.survivor_df, left)
        cut, left = shared(self.vm_gains, left)
        return Allocation(
            loss=loss,
            defaulter_im=im,
            defaulter_df=df,
            sitg=own,
            survivor_df=fund,
            second_sitg=second,
            assessments=assessed,
            gains_haircut=cut,
            unallocated=left,
        )


def shared(sizes: Floats, loss: float) -> tuple[Floats, float]:
    """Return what a layer of many payers pays, pro rata, USD, and what is left of the loss."""
    total = float(sizes.sum())
    if loss >= total:
        return sizes.copy(), loss - total
    return sizes * (loss / total), 0.0


def over_margin(stress_losses: Floats, im: Floats) -> Floats:
    """Return what each member would lose beyond its initial margin, (S, M) USD, >= 0.

    Parameters
    ----------
    stress_losses : (S, M) loss of each member in each stress scenario, USD; a gain is < 0.
    im : (M,) initial margin, USD, >= 0.

    Raises
    ------
    ConfigError
        If the two do not fit together, or a number makes no sense.
    """
    check(
        (
            stress_losses.ndim == 2 and stress_losses.shape[1:] == im.shape,
            f"stress_losses of shape {stress_losses.shape} must have {im.size} columns",
        ),
        (bool(np.isfinite(stress_losses).all()), "every stress loss must be finite"),
        (_sound(im), "initial margin must be finite and >= 0 USD"),
    )
    return np.maximum(stress_losses - im, 0.0)


def cover(stress_losses: Floats, im: Floats, *, members: int = 2) -> float:
    """Return the default fund that outlasts the ``members`` worst defaults at once, USD.

    Cover-1 and Cover-2 are ``members`` 1 and 2: in every scenario the largest losses beyond
    initial margin are added, and the worst scenario counts.

    Raises
    ------
    ConfigError
        If the losses do not fit the margins, or ``members`` is less than 1.

    References
    ----------
    CPMI-IOSCO (2012), Principles for financial market infrastructures, principle 4; EMIR,
    articles 42 and 43.

    Examples
    --------
    >>> losses = np.array([[120.0, 80.0, 60.0, 10.0], [30.0, 70.0, 160.0, 110.0]])
    >>> cover(losses, np.array([50.0, 60.0, 55.0, 30.0]))
    185.0
    """
    check((members >= 1, "a default fund covers at least 1 member"))
    beyond = over_margin(stress_losses, im)
    if not beyond.size:
        return 0.0
    return float(np.sort(beyond, axis=1)[:, -members:].sum(axis=1).max())


def _sound(value: Floats | float) -> bool:
    """Tell whether every number is finite and not negative."""
    return bool(np.all(np.isfinite(value)) and np.all(np.asarray(value) >= 0.0))


def _drawn(size: float, loss: float) -> tuple[float, float]:
    """Return what a layer of one payer pays, and what is left of the loss."""
    paid = min(size, loss)
    return paid, loss - paid
