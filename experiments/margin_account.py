"""What one portfolio needs, by scenario, and why."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scenarios.portfolio import Holdings
from scenarios.venues import Margin
from sim.arrays import Floats
from sim.errors import ConfigError
from sim.margin.charges import notional_of
from sim.margin.schedule import requirements
from sim.price.closes import Closes, read_closes
from sim.roles import MarketState, Schedule

HOUR = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What a policy asks for one portfolio.

    Parameters
    ----------
    policy : as it was written.
    holdings : what is held.
    maintenance, initial : requirement of the whole, USD.
    positions : one row a position: exposure, what it needs alone, by how much the whole would
        need less without it, and its gain in the worst scenario, USD.
    scenarios : one row a scenario: the portfolio's gain, USD, and whether it is the worst; empty
        where the policy has none.
    """

    policy: str
    holdings: Holdings
    maintenance: float
    initial: float
    positions: pd.DataFrame
    scenarios: pd.DataFrame

    @property
    def apart(self) -> float:
        """What all positions would need one by one, USD."""
        return float(self.positions["alone_usd"].sum())

    @property
    def credit(self) -> float:
        """What offsets save, USD."""
        return self.apart - self.maintenance

    @property
    def totals(self) -> pd.DataFrame:
        """The requirement in one row."""
        return pd.DataFrame(
            {
                "policy": [self.policy],
                "maintenance_usd": [self.maintenance],
                "initial_usd": [self.initial],
                "apart_usd": [self.apart],
                "credit_usd": [self.credit],
            }
        )


def account(holdings: Holdings, policy: str, margin: Margin) -> Account:
    """Ask a policy for one portfolio.

    Parameters
    ----------
    holdings : what is held.
    policy : what tables call it.
    margin : the policy with its tools.

    Raises
    ------
    ConfigError
        If the policy needs a longer past than the portfolio's files have.
    """
    schedule = _schedule(holdings, margin)
    held, exposure = holdings.quantity, notional_of(holdings.contracts)
    parts = np.diag(held)
    without = held[:, None] - parts
    columns = np.concatenate([held[:, None], parts, without], axis=1)
    required = _required(schedule, columns, exposure)
    count = held.size
    whole, alone, rest = required[0], required[1 : 1 + count], required[1 + count :]
    scenarios, in_worst = _scenarios(schedule, held)
    positions = pd.DataFrame(
        {
            "position": holdings.names,
            "quantity": held,
            "exposure_usd": held * exposure,
            "alone_usd": alone,
            "adds_usd": whole - rest,
        }
    )
    if len(scenarios):
        positions["worst_scenario_gain_usd"] = in_worst
    initial = float(_required(schedule, held[:, None], exposure, initial=True)[0])
    return Account(policy, holdings, float(whole), initial, positions, scenarios)


def _schedule(holdings: Holdings, margin: Margin) -> Schedule:
    """Return what the policy asks for in this market."""
    returns, interval = _returns(holdings)
    chosen = margin.composed()
    if len(returns) < chosen.history:
        raise ConfigError(
            f"{margin.policy} needs {chosen.history:,} past returns of each asset and has "
            f"{len(returns):,}; name a CSV file of closing prices of each asset under `history`"
        )
    assets = holdings.portfolio.assets
    interest = [assets[each.asset].open_interest_usd for each in holdings.portfolio.positions]
    state = MarketState(
        returns=returns,
        interval_seconds=interval,
        index=holdings.contracts.index,
        open_interest=np.array(interest),
        contracts=holdings.contracts,
    )
    return chosen.open().schedule(state)


def _returns(holdings: Holdings) -> tuple[Floats, float]:
    """Return log returns of each position's asset, (n, K), and their interval, seconds."""
    folder, positions = holdings.file.parent, holdings.portfolio.positions
    history = holdings.portfolio.history
    files = {name: read_closes(folder / each) for name, each in history.items()}
    missing = {each.asset for each in positions} - set(files)
    if not files or missing:
        return np.zeros((0, len(positions))), HOUR
    first = next(iter(files.values()))
    _check_alike(files, first)
    past = {name: np.diff(np.log(each.price)) for name, each in files.items()}
    columns = [past[each.asset] for each in positions]
    return np.stack(columns, axis=1), float(first.interval_seconds)


def _check_alike(files: dict[str, Closes], first: Closes) -> None:
    """Refuse histories that are not of the same moments."""
    other = [name for name, each in files.items() if not np.array_equal(each.time, first.time)]
    if other:
        raise ConfigError(
            f"the history of {', '.join(other)} must have the same times as that of "
            f"{next(iter(files))}, bar by bar"
        )


def _required(
    schedule: Schedule, positions: Floats, exposure: Floats, *, initial: bool = False
) -> Floats:
    """Return what portfolios need, (n,) USD: brackets position by position, and the charge."""
    sizes = np.abs(positions) * exposure[:, None]
    total = np.asarray(requirements(schedule, sizes, initial=initial).sum(axis=0))
    if schedule.charge is None:
        return total
    multiple = schedule.charge.initial_multiple if initial else 1.0
    return total + multiple * schedule.charge.required(positions)


def _scenarios(schedule: Schedule, held: Floats) -> tuple[pd.DataFrame, Floats]:
    """Return the portfolio's gain in each scenario, and each position's in the worst, USD."""
    losses = getattr(schedule.charge, "losses", None)
    if losses is None:
        return pd.DataFrame(columns=["scenario", "gain_usd", "worst"]), np.full(held.size, np.nan)
    gains = -losses * held
    total = gains.sum(axis=1)
    worst = int(np.argmin(total))
    labels = getattr(schedule.charge, "labels", ()) or [str(1 + i) for i in range(total.size)]
    table = pd.DataFrame(
        {"scenario": labels, "gain_usd": total, "worst": np.arange(total.size) == worst}
    )
    return table, gains[worst]


def told(found: Account) -> list[str]:
    """Return what is to be known about a requirement, in sentences."""
    lines = [
        (
            f"Under {found.policy}: maintenance margin {found.maintenance:,.0f} USD, initial "
            f"margin {found.initial:,.0f} USD"
        ),
        (
            f"One by one the positions would need {found.apart:,.0f} USD maintenance margin: "
            f"offsets save {found.credit:,.0f} USD"
        ),
    ]
    if found.apart:
        lines[1] += f", {found.credit / found.apart:.0%} of it"
    lines = [f"{each}." for each in lines]
    if len(found.scenarios):
        worst = found.scenarios[found.scenarios["worst"]].iloc[0]
        lines.append(
            f"Worst for the whole is `{worst['scenario']}`: {worst['gain_usd']:+,.0f} USD. A "
            "requirement above that loss holds charges for spreads, contingencies or options "
            "sold, or underlyings that each meet their own worst; one below it, credit between "
            "underlyings."
        )
    else:
        lines.append("This policy looks at no scenarios of a portfolio.")
    return lines
