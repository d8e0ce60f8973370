"""A margin rate from simulated losses: volatilities of today, a copula, a tail measure."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt
from typing import Literal

import numpy as np
from scipy.special import chdtri, ndtr, ndtri, stdtr, stdtrit

from sim import elementary
from sim.arrays import Floats
from sim.contracts import Contracts
from sim.errors import ConfigError, check
from sim.kernels.volatility import ewma_path
from sim.margin.history import intervals, latest
from sim.margin.schedule import flat
from sim.margin.tail import Measure, dearer
from sim.margin.tail_charge import TailCharge
from sim.repricing import reprice
from sim.roles import MarketState, Schedule
from sim.streams import Draws

type Matrix = tuple[tuple[float, ...], ...]
HEAVIEST = 2.05
"""Degrees of freedom below which a t variable has no variance to speak of."""
NOT_SQUARE = "correlation must be a square matrix"


@dataclass(frozen=True, kw_only=True, slots=True)
class MonteCarlo:
    r"""Cover the tail of simulated moves until close-out.

    Uniforms :math:`u` joined by a Gaussian or t copula with correlation matrix :math:`C` become
    moves :math:`x_k = \sigma_k \sqrt h\, F^{-1}(u_k)`, with :math:`\sigma_k` from an
    exponentially weighted estimate and :math:`F` a normal, a t or the window's own
    distribution, of unit variance. The draws are the same at every update, so that
    margin moves because the market does, not by chance.

    Parameters
    ----------
    draws : scenarios, >= 100, even: each has its mirror image, so that sides are alike.
    seed : of the draws, >= 0.
    confidence : one-sided, in (0.5, 1).
    measure : ``es`` or ``var``.
    copula : ``gaussian`` or ``t``.
    marginal : ``normal``, ``t`` or ``empirical``.
    degrees : of freedom of t copula and t marginals, > 2.05.
    correlation : :math:`C`, (K, K), rows; estimated from the window without.
    window : returns that the estimates look at, >= 30.
    decay : of the volatility estimate, in (0, 1).
    offsets : whether whole portfolios are charged for the tail of their own losses, so that
        positions against each other get their credit; else each instrument by itself.
    horizon_hours : :math:`h`, hours needed to close a position, > 0.
    floor, cap : fractions of notional, 0 <= floor <= cap < 1; a portfolio has none.
    initial_multiple : initial over maintenance, >= 1.
    update_seconds : seconds between two updates, > 0.

    Raises
    ------
    ConfigError
        Naming every parameter out of range; a matrix that is none of correlations.

    References
    ----------
    Glasserman (2003), Monte Carlo Methods in Financial Engineering, chapter 9. Demarta and McNeil
    (2005), The t copula and related copulas, International Statistical Review 73(1).

    Examples
    --------
    Returns of one per cent an hour; a normal's expected shortfall at 97.5 % is 2.338 deviations,
    and a short position loses a little more, for prices rise by :math:`e^x - 1`:

    >>> hourly = MarketState(
    ...     returns=np.full((300, 1), 0.01),
    ...     interval_seconds=3600.0,
    ...     index=np.ones(1),
    ...     open_interest=np.ones(1),
    ... )
    >>> MonteCarlo(horizon_hours=1.0, draws=20_000).schedule(hourly).maintenance.round(3)
    array([[0.024]])
    """

    draws: int = 2000
    seed: int = 0
    confidence: float = 0.975
    measure: Measure = "es"
    copula: Literal["gaussian", "t"] = "gaussian"
    marginal: Literal["normal", "t", "empirical"] = "normal"
    degrees: float = 4.0
    correlation: Matrix | None = None
    window: int = 250
    decay: float = 0.97
    offsets: bool = False
    horizon_hours: float = 6.0
    floor: float = 0.01
    cap: float = 0.5
    initial_multiple: float = 1.5
    update_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(
            (self.draws >= 100 and self.draws % 2 == 0, "draws must be >= 100 and even"),
            (self.seed >= 0, "seed must be >= 0"),
            (0.5 < self.confidence < 1, "confidence must lie in (0.5, 1)"),
            (self.measure in {"var", "es"}, "measure must be var or es"),
            (self.copula in {"gaussian", "t"}, "copula must be gaussian or t"),
            (
                self.marginal in {"normal", "t", "empirical"},
                "marginal must be normal, t or empirical",
            ),
            (self.degrees > HEAVIEST, f"degrees must be > {HEAVIEST}"),
            (self.window >= 30, "window must be >= 30 returns"),
            (0 < self.decay < 1, "decay must lie in (0, 1)"),
            (self.horizon_hours > 0, "horizon_hours must be > 0 hours"),
            (0 <= self.floor <= self.cap < 1, "floor and cap must satisfy 0 <= floor <= cap < 1"),
            (self.initial_multiple >= 1, "initial_multiple must be >= 1"),
            (self.update_seconds > 0, "update_seconds must be > 0 seconds"),
            (len({len(row) for row in self.correlation or ()}) <= 1, NOT_SQUARE),
        )
        if self.correlation is not None:
            triangle(np.array(self.correlation, dtype=np.float64))

    @property
    def history(self) -> int:
        """The window."""
        return self.window

    def schedule(self, market: MarketState) -> Schedule:
        """Return rates for each instrument, or a charge for whole portfolios."""
        moves = self.moves(market)
        if self.offsets:
            charge = TailCharge(
                losses=_losses(market, moves),
                measure=self.measure,
                confidence=self.confidence,
                initial_multiple=self.initial_multiple,
            )
            nothing = np.zeros(market.index.size)
            return replace(flat(nothing, nothing), charge=charge)
        lost = -elementary.expm1(moves)
        covered = dearer(lost, None, (self.measure, self.confidence, "inverted_cdf"))
        maintenance = np.clip(covered, self.floor, self.cap)
        return flat(maintenance, np.minimum(1.0, self.initial_multiple * maintenance))

    def moves(self, market: MarketState) -> Floats:
        """Return simulated log moves until close-out, (draws, K)."""
        seen = latest(market, self.window, "es_mc")
        variances = np.empty((self.window + 1, seen.shape[1]))
        start = np.mean(seen**2, axis=0)
        ewma_path(np.ascontiguousarray(seen), self.decay, start, variances)
        spread = np.sqrt(variances[-1]) * sqrt(intervals(market, self.horizon_hours))
        return np.asarray(self._shapes(seen) * spread)

    def _shapes(self, seen: Floats) -> Floats:
        """Return draws of unit variance with the copula's dependence, (draws, K)."""
        joint = self._joint(seen)
        if self.marginal == "normal" and self.copula == "gaussian":
            return joint
        uniform = ndtr(joint) if self.copula == "gaussian" else stdtr(self.degrees, joint)
        if self.marginal == "normal":
            return np.asarray(ndtri(uniform))
        if self.marginal == "t":
            unit = sqrt((self.degrees - 2.0) / self.degrees)
            return np.asarray(unit * stdtrit(self.degrees, uniform))
        scale = np.sqrt(np.mean(seen**2, axis=0))
        ordered = np.sort(seen / np.where(scale > 0.0, scale, 1.0), axis=0)
        place = np.minimum((uniform * len(ordered)).astype(np.int64), len(ordered) - 1)
        return np.asarray(np.take_along_axis(ordered, place, axis=0))

    def _joint(self, seen: Floats) -> Floats:
        """Return correlated normal variables, or t variables of a t copula, (draws, K)."""
        width = seen.shape[1]
        if not self.offsets:
            # Alone, an instrument's tail is the same whatever it moves with: one draw for all.
            free = np.repeat(_normals(self.seed, self.draws, 1), width, axis=1)
            return self._mixed(free)
        if self.correlation is not None and len(self.correlation) != width:
            raise ConfigError(
                f"correlation is of {len(self.correlation)} instruments, and there are {width}"
            )
        matrix = correlations(seen) if self.correlation is None else np.array(self.correlation)
        root, free = triangle(matrix), _normals(self.seed, self.draws, width)
        joint = np.zeros_like(free)
        for k in range(width):
            for j in range(k + 1):
                joint[:, k] += root[k, j] * free[:, j]
        return self._mixed(joint)

    def _mixed(self, normal: Floats) -> Floats:
        """Return t variables made of normal ones, for a t copula."""
        if self.copula == "gaussian":
            return normal
        common = _mixing(self.seed, self.draws, self.degrees)
        return np.asarray(normal * np.sqrt(self.degrees / common)[:, None])


def _losses(market: MarketState, moves: Floats) -> Floats:
    """Return what one contract loses in each scenario, implied volatilities unmoved, (S, K) USD."""
    contracts = market.contracts or Contracts.linear(market.index)
    still = np.broadcast_to(contracts.volatility, moves.shape)
    return -reprice(contracts, elementary.expm1(moves), still)


@lru_cache(maxsize=64)
def _normals(seed: int, count: int, width: int) -> Floats:
    """Return independent standard normal numbers, each with its mirror image, (count, width)."""
    draws, entities = Draws(seed, "margin/es_mc", 0), np.arange(count // 2)
    half = np.stack([draws.normal(entities, lane) for lane in range(width)], axis=1)
    return np.concatenate((half, -half))


@lru_cache(maxsize=64)
def _mixing(seed: int, count: int, degrees: float) -> Floats:
    """Return chi-square numbers, one a scenario, (count,)."""
    uniform = Draws(seed, "margin/es_mc/mixing", 0).uniform(np.arange(count // 2))
    return np.tile(chdtri(degrees, uniform), 2)


def correlations(returns: Floats) -> Floats:
    """Return the correlations of columns about zero, (K, K), added up in order."""
    width = returns.shape[1]
    scale = np.sqrt((returns**2).sum(axis=0))
    matrix = np.eye(width)
    for k in range(width):
        for j in range(k):
            both = scale[k] * scale[j]
            matrix[k, j] = (returns[:, k] * returns[:, j]).sum() / both if both > 0.0 else 0.0
            matrix[j, k] = matrix[k, j]
    return matrix


def triangle(matrix: Floats) -> Floats:
    """Return the lower triangle whose square a correlation matrix is, by Cholesky.

    Raises
    ------
    ConfigError
        If the matrix is not square, symmetric, one on the diagonal and without negative variance.

    Examples
    --------
    >>> triangle(np.array([[1.0, 0.6], [0.6, 1.0]]))
    array([[1. , 0. ],
           [0.6, 0.8]])
    """
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    check((square, NOT_SQUARE))
    check(
        (bool(np.allclose(matrix, matrix.T, rtol=0, atol=1e-12)), "correlation must be symmetric"),
        (bool(np.allclose(np.diag(matrix), 1.0)), "correlation must have ones on the diagonal"),
    )
    width = len(matrix)
    root = np.zeros((width, width))
    for k in range(width):
        for j in range(k + 1):
            rest = float(matrix[k, j] - (root[k, :j] * root[j, :j]).sum())
            if k == j:
                check((rest > -1e-9, "correlation must not leave a portfolio negative variance"))
                root[k, k] = sqrt(max(rest, 0.0))
            else:
                root[k, j] = rest / root[j, j] if root[j, j] > 1e-9 else 0.0
    return root
