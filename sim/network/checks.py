"""What can be wrong with balance sheets and claims, all of it in words."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Bools, Floats

if TYPE_CHECKING:
    from sim.network.exposures import Exposures

NAMED = 5
"""How many cases of one kind of problem are named before the rest is counted."""
PLEDGE = 4
"""The code of a pledge; ``ExposureKind`` stands in a file that imports this one."""
ALIKE = 1e-6
"""Share by which two sums may differ and still be one, told twice."""
SLACK = 1e-9
"""Share of a balance sheet by which rounding may overdraw it."""


def problems(of: "Exposures", kinds: int) -> list[str]:
    """Return everything impossible about exposures whose columns have the right lengths.

    Parameters
    ----------
    of : the exposures.
    kinds : how many kinds of claims there are.
    """
    return [*_of_entities(of), *_of_claims(of, kinds)]


def wrong_lengths(of: "Exposures") -> list[str]:
    """Return which columns have a wrong length; nothing else can be told before."""
    entities, claims = len(of.names), len(of.amount)
    wanted = dict.fromkeys(("outside_assets", "outside_liabilities"), entities)
    wanted |= dict.fromkeys(("debtor", "creditor", "kind", "collateral", "haircut"), claims)
    found = [
        f"{name} has {len(getattr(of, name))} values where {count} are needed"
        for name, count in wanted.items()
        if len(getattr(of, name)) != count
    ]
    if of.holdings is not None and len(of.holdings.usd) != entities:
        found.append(f"holdings have {len(of.holdings.usd)} rows where {entities} are needed")
    return found


def _of_entities(of: "Exposures") -> list[str]:
    """Return what is wrong with names and balance sheets."""
    twice = [name for name, count in Counter(of.names).items() if count > 1]
    found = [f"entity {name!r} is there more than once" for name in twice[:NAMED]]
    found += listed(
        np.array([name != name.strip() or not name for name in of.names], dtype=np.bool_),
        lambda i: f"entity {of.names[i]!r}: a name needs letters, and no spaces around them",
    )
    for column in ("outside_assets", "outside_liabilities"):
        usd: Floats = getattr(of, column)
        words = column.replace("_", " ")
        found += listed(
            _not_at_least_zero(usd),
            lambda i, usd=usd, words=words: (  # type: ignore[misc] # bound for this round
                f"{of.names[i]}: {words} of {usd[i]:g} USD; they must be >= 0"
            ),
        )
    if of.holdings is not None:
        held = of.holdings.usd.sum(axis=1)
        found += listed(
            held > of.outside_assets * (1.0 + SLACK),
            lambda i: (
                f"{of.names[i]}: holds marketable assets of {held[i]:g} USD, which is more than "
                f"its outside assets of {of.outside_assets[i]:g}"
            ),
        )
    return found


def _of_claims(of: "Exposures", kinds: int) -> list[str]:
    """Return what is wrong with the claims."""
    size = len(of.names)
    lost = (of.debtor < 0) | (of.debtor >= size) | (of.creditor < 0) | (of.creditor >= size)

    def ends(e: int) -> str:
        sides = [
            of.names[i] if 0 <= i < size else f"number {i}" for i in (of.debtor[e], of.creditor[e])
        ]
        return f"claim {e} ({sides[0]} owes {sides[1]})"

    return [
        *listed(lost, lambda e: f"{ends(e)}: no such entity; there are {size}"),
        *listed(of.debtor == of.creditor, lambda e: f"{ends(e)}: nobody can owe himself"),
        *listed(
            ~(np.isfinite(of.amount) & (of.amount > 0)),
            lambda e: f"{ends(e)}: {of.amount[e]:g} USD; an amount must be > 0",
        ),
        *listed(
            (of.kind < 0) | (of.kind >= kinds),
            lambda e: f"{ends(e)}: kind {of.kind[e]}; there are {kinds} kinds",
        ),
        *listed(
            _not_at_least_zero(of.collateral),
            lambda e: f"{ends(e)}: collateral of {of.collateral[e]:g} USD; it must be >= 0",
        ),
        *listed(
            ~((of.haircut >= 0) & (of.haircut < 1)),
            lambda e: f"{ends(e)}: a haircut of {of.haircut[e]:g}; it must lie in [0, 1)",
        ),
    ]


def twice_pledged(of: "Exposures") -> list[tuple[str, str, float]]:
    """Return who seems to have given the same collateral twice: client, holder, USD.

    Collateral is either posted with a claim, or a pledge that the holder owes back. Where one
    pair has as much of both, it is likely to be the same, and the client's equity holds it
    twice; it may be chance, and is not refused for that.
    """
    posted, pledged = dict[tuple[int, int], float](), dict[tuple[int, int], float]()
    for e in range(len(of.amount)):
        debtor, creditor = int(of.debtor[e]), int(of.creditor[e])
        if of.collateral[e] > 0:
            pair = debtor, creditor
            posted[pair] = posted.get(pair, 0.0) + float(of.collateral[e])
        if of.kind[e] == PLEDGE:
            pair = creditor, debtor
            pledged[pair] = pledged.get(pair, 0.0) + float(of.amount[e])
    return [
        (of.names[client], of.names[holder], usd)
        for (client, holder), usd in posted.items()
        if abs(pledged.get((client, holder), 0.0) - usd) <= ALIKE * usd
    ]


def _not_at_least_zero(values: Floats) -> Bools:
    """Tell which numbers are negative or no numbers."""
    return ~(np.isfinite(values) & (values >= 0))


def listed(wrong: Bools, say: Callable[[int], str]) -> Sequence[str]:
    """Put the first cases of one problem into words, and count the others."""
    where = np.flatnonzero(wrong)
    found = [say(int(i)) for i in where[:NAMED]]
    if where.size > NAMED:
        found.append(f"and {where.size - NAMED} more of that kind")
    return found
