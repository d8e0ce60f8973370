"""The command ``marginquake margin account``, and the portfolios that it reads."""

from pathlib import Path

import numpy as np
import pytest

from experiments.cli import main
from experiments.margin_account import Account, account
from scenarios.policies import policy_of
from scenarios.portfolio import read_portfolio
from sim.errors import ConfigError
from sim.margin import POLICIES

EXAMPLE = Path(__file__).parents[2] / "docs/examples/covered_calls.yaml"
SPREAD = """\
title: a spread
assets: {A: {price: 100}}
surfaces: {A: {kind: flat, volatility: 0.5}}
positions:
  - {contract: linear_perpetual, asset: A, quantity: 3}
  - {contract: dated_future, asset: A, days: 30, quantity: -2}
"""


def needed(text: str, policy: str, folder: Path) -> Account:
    """Return what a portfolio, given as text, needs."""
    path = folder / "it.yaml"
    path.write_text(text, encoding="utf-8")
    return account(read_portfolio(path), policy, policy_of(policy))


def test_the_shipped_portfolio_is_told_in_tables_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["margin", "account", str(EXAMPLE), "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("<- worst") == 1
    for words in ("maintenance margin", "offsets save", "BTC call 66,000 30 d", "counted 35%"):
        assert words in shown
    (folder,) = (tmp_path / "account/covered_calls").iterdir()
    assert (folder / "figures/account.png").stat().st_size > 10_000
    assert {each.name for each in folder.glob("*.csv")} == {
        "table.csv",
        "positions.csv",
        "scenarios.csv",
    }


def test_a_calendar_spread_is_charged_its_net_and_the_spread_of_months(tmp_path: Path) -> None:
    found = needed(SPREAD, "span:price_range=0.1,month_charge=0.01", tmp_path)
    assert found.maintenance == pytest.approx(0.1 * 100 + 0.01 * 200)
    assert found.initial == pytest.approx(1.25 * found.maintenance)
    assert found.apart == pytest.approx(0.1 * 500)
    assert found.credit == pytest.approx(50 - 12)
    assert found.positions["adds_usd"].tolist() == pytest.approx([12 - 20, 12 - 30])
    assert found.scenarios["gain_usd"].min() == pytest.approx(-10)


def test_the_gains_of_positions_in_the_worst_scenario_add_up_to_it() -> None:
    for policy in ("span", "grid"):
        found = account(read_portfolio(EXAMPLE), policy, policy_of(policy))
        worst = found.scenarios.loc[found.scenarios["worst"], "gain_usd"].item()
        assert found.positions["worst_scenario_gain_usd"].sum() == pytest.approx(worst)
        assert worst == found.scenarios["gain_usd"].min()
        assert 0 < found.maintenance < found.apart


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_asks_or_says_how_long_a_past_it_needs(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    prices = 100 * np.exp(np.cumsum(0.01 * rng.standard_t(4, 3000)))
    days = np.datetime64("2015-01-01") + np.arange(prices.size)
    rows = [f"{day},{price:.6f}" for day, price in zip(days, prices, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["date,close", *rows]) + "\n", encoding="utf-8")
    found = needed(SPREAD + "history: {A: a.csv}\n", name, tmp_path)
    assert 0 < found.maintenance <= found.initial
    if policy_of(name).composed().history:
        with pytest.raises(ConfigError, match=f"{name} needs .* past returns"):
            needed(SPREAD, name, tmp_path)
    else:
        assert needed(SPREAD, name, tmp_path).maintenance > 0


def test_everything_wrong_with_a_portfolio_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        """\
title: bad
assets: {A: {price: 100}}
positions:
  - {contract: call, asset: A, quantity: 1, days: 3}
  - {contract: linear_perpetual, asset: B, quantity: 1, days: 3}
  - {contract: warrant, asset: A, quantity: 1}
""",
        encoding="utf-8",
    )
    assert main(["margin", "account", str(path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    for words in ("a call needs it", "needs `surfaces", "`B`", "has none", "`warrant`", "yaml:4"):
        assert words in told
    assert not (tmp_path / "out").exists()


def test_a_surface_with_arbitrage_is_refused_with_the_place(tmp_path: Path) -> None:
    quoted = (
        "{kind: quoted, days: [7, 30], moneyness: [0.9, 1.1], volatility: [[2, 2], [0.5, 0.5]]}"
    )
    with pytest.raises(ConfigError, match="30 days have less total variance than 7"):
        needed(SPREAD.replace("{kind: flat, volatility: 0.5}", quoted), "span", tmp_path)
