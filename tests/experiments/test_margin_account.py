"""The command ``marginquake margin account``, and the portfolios that it reads."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.margin_account import Account, account
from experiments.margin_account_report import text
from experiments.margin_account_why import parts, scenarios, simulated
from scenarios.policies import policy_of
from scenarios.portfolio import read_portfolio
from sim.errors import ConfigError
from sim.margin import POLICIES

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
COVERED, COINS = EXAMPLES / "covered_calls.yaml", EXAMPLES / "two_coins.yaml"
SPREAD = """\
title: a spread
assets: {A: {price: 100}}
surfaces: {A: {kind: flat, volatility: 0.5}}
positions:
  - {contract: linear_perpetual, asset: A, quantity: 3}
  - {contract: dated_future, asset: A, days: 30, quantity: -2}
"""


def of(content: str, policy: str, folder: Path) -> Account:
    """Return what a portfolio, given as text, needs."""
    path = folder / "it.yaml"
    path.write_text(content, encoding="utf-8")
    return account(read_portfolio(path), policy)


def closes(folder: Path, count: int, name: str = "a.csv") -> None:
    """Write daily closing prices."""
    rng = np.random.default_rng(3)
    prices = 100 * np.exp(np.cumsum(0.01 * rng.standard_t(4, count)))
    days = np.datetime64("2015-01-01") + np.arange(count)
    rows = [f"{day},{price:.6f}" for day, price in zip(days, prices, strict=True)]
    (folder / name).write_text("\n".join(["date,close", *rows]) + "\n", encoding="utf-8")


def test_a_shipped_portfolio_is_told_in_words_tables_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["margin", "account", str(COVERED), "--policy", "span", "--out", str(tmp_path)]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    for words in ("credit for offsets", "scan risk of BTC", "worst of BTC", "counted 35%"):
        assert words in shown
    folder = tmp_path / "margin/account/covered_calls/span"
    tables = {"table", "parts", "positions", "scenarios"}
    for ending in ("csv", "parquet"):
        assert {each.stem for each in folder.glob(f"*.{ending}")} == tables
    assert (folder / "figures/account.png").stat().st_size > 10_000
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    whole = summary["policies"][0]["maintenance_usd"]
    assert sum(each["usd"] for each in summary["parts"]) == pytest.approx(whole)
    assert pd.read_parquet(folder / "scenarios.parquet").shape == (16, 8)


def test_a_calendar_spread_is_charged_its_net_and_the_spread_of_months(tmp_path: Path) -> None:
    """Net long 1 at 100 USD with a range of a tenth, and 1 % of 200 USD over two months."""
    found = of(SPREAD, "span:price_range=0.1,month_charge=0.01", tmp_path)
    made_of = {each.part: each.usd for each in parts(found)}
    assert made_of == pytest.approx({"scan risk of A": 10.0, "months of A": 2.0})
    assert found.maintenance == pytest.approx(12.0)
    assert found.initial == pytest.approx(15.0)
    assert found.alone == pytest.approx([30.0, 20.0])
    assert found.offset == pytest.approx(38.0)
    assert found.marginal == pytest.approx([12 - 20, 12 - 30])
    assert found.deltas == pytest.approx([300.0, -200.0])
    losses = scenarios(found)
    assert losses is not None
    worst = losses[losses["worst_of"] == "A"]
    assert worst["scenario"].tolist() == ["price -3/3 of range, volatility up"]
    assert worst["portfolio"].tolist() == pytest.approx([10.0])
    assert worst["A linear perpetual"].tolist() == pytest.approx([30.0])
    assert worst["A dated future 30 d"].tolist() == pytest.approx([-20.0])


def test_two_coins_against_each_other_show_their_credit(tmp_path: Path) -> None:
    """600 and 300 USD of risk on 6000 and 3000 of delta: 900 - 0.5 * 3000 * (0.1 + 0.1)."""
    content = """\
title: a pair
assets: {A: {price: 60}, B: {price: 30}}
positions:
  - {contract: linear_perpetual, asset: A, quantity: 100}
  - {contract: inverse_perpetual, asset: B, quantity: -300, size: 10}
"""
    found = of(content, "span:price_range=0.1,credit=0.5", tmp_path)
    made_of = {each.part: each.usd for each in parts(found)}
    assert made_of == pytest.approx(
        {"scan risk of A": 600.0, "scan risk of B": 300.0, "credit of A against B": -300.0}
    )
    assert found.maintenance == pytest.approx(600.0)


def test_a_far_option_sold_is_raised_to_its_minimum(tmp_path: Path) -> None:
    far = SPREAD[: SPREAD.index("positions")] + (
        "positions: [{contract: call, asset: A, quantity: -5, strike: 2000, days: 7}]\n"
    )
    for policy in ("span:short_minimum=0.02", "grid:short_minimum=0.02"):
        found = of(far, policy, tmp_path)
        assert found.maintenance == pytest.approx(0.02 * 500)
        last = parts(found)[-1]
        assert last.part == "minimum of options sold"
        assert last.usd == pytest.approx(10.0)
        assert "at least 10.00 USD" in last.because


@pytest.mark.parametrize("file", [COVERED, COINS], ids=["covered_calls", "two_coins"])
@pytest.mark.parametrize(
    "policy",
    ["span", "grid", "sensitivity", "tiered", "span+floor:level=0.4", "grid+cap:level=0.1"],
)
def test_the_parts_add_up_and_the_worst_scenario_is_among_them(file: Path, policy: str) -> None:
    found = account(read_portfolio(file), policy)
    assert sum(each.usd for each in parts(found)) == pytest.approx(found.maintenance, rel=1e-12)
    assert 0 < found.maintenance <= found.initial
    assert found.offset >= -1e-6
    losses = scenarios(found)
    if losses is None:
        assert policy in {"sensitivity", "tiered"}
        return
    positions = losses[found.holdings.names].to_numpy().sum(axis=1)
    assert positions == pytest.approx(losses["portfolio"].to_numpy())
    if policy == "grid":
        assert losses["worst_of"].tolist().count("portfolio") == 1
        assert losses["portfolio"].max() == pytest.approx(parts(found)[1].usd)


def test_the_tail_of_simulated_losses_is_shared_among_positions(tmp_path: Path) -> None:
    closes(tmp_path, 400)
    content = SPREAD + "history: {A: a.csv}\n"
    found = of(content, "es_mc:offsets=true,window=100,draws=2000", tmp_path)
    rest = simulated(found)
    assert rest is not None
    assert rest.numbers["expected shortfall"] == pytest.approx(found.maintenance)
    assert rest.shares.sum() == pytest.approx(found.maintenance)
    assert rest.shares == pytest.approx([3 * found.maintenance, -2 * found.maintenance])
    assert "2,000 simulated moves" in text(found)
    assert "100 returns, one every 24 h" in text(found)


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_asks_or_says_how_long_a_past_it_needs(name: str, tmp_path: Path) -> None:
    closes(tmp_path, 3000)
    content = SPREAD + "history: {A: a.csv}\n"
    found = of(content, name, tmp_path)
    assert 0 < found.maintenance <= found.initial
    history = policy_of(name).composed().history
    if not history:
        assert of(SPREAD, name, tmp_path).maintenance == found.maintenance
        return
    with pytest.raises(ConfigError, match=f"needs {history:,} returns of A.*names no file for A"):
        of(SPREAD, name, tmp_path)
    closes(tmp_path, 20)
    since = f"would be valid {history - 19:,} bars of 24 h after 2015-01-20"
    with pytest.raises(ConfigError, match=since):
        of(content, name, tmp_path)


def test_histories_of_different_bars_are_refused(tmp_path: Path) -> None:
    closes(tmp_path, 300)
    closes(tmp_path, 290, "b.csv")
    content = """\
title: a pair
assets: {A: {price: 60}, B: {price: 30}}
positions:
  - {contract: linear_perpetual, asset: A, quantity: 1}
  - {contract: linear_perpetual, asset: B, quantity: 1}
history: {A: a.csv, B: b.csv}
"""
    with pytest.raises(ConfigError, match="B and A must have bars of the same times"):
        of(content, "ewma", tmp_path)


def test_everything_wrong_with_a_portfolio_is_told_at_once_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        """\
title: bad
assets: {A: {price: 100, cary: 0.1}}
surfaces: {C: {kind: svy}}
positions:
  - {contract: call, asset: A, quantity: 1, days: 3}
  - {contract: linear_perpetual, asset: A, quantity: 1, days: 3}
  - {contract: warrant, asset: A, quantity: 1}
  - {contract: inverse_perpetual, asset: A, quantity: 0, settlement: USD}
""",
        encoding="utf-8",
    )
    assert main(["margin", "account", str(path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    for words in (
        "bad.yaml:2: assets.A.cary: unknown key `cary`; did you mean `carry`?",
        "bad.yaml:3: surfaces.C.kind: unknown volatility surface `svy`; did you mean `svi`?",
        "bad.yaml:5: positions[0].strike: is missing; a call needs it",
        "bad.yaml:6: positions[1].days: a linear_perpetual has none",
        "bad.yaml:7: positions[2].contract: unknown name `warrant`",
        "bad.yaml:8: positions[3].quantity: must not be 0",
        "bad.yaml:8: positions[3].settlement: an inverse_perpetual is always paid in coin",
    ):
        assert words in told
    assert not (tmp_path / "out").exists()


def test_names_that_lead_nowhere_are_told_at_once_with_what_there_is(tmp_path: Path) -> None:
    content = """\
title: bad
assets: {BTC: {price: 100}}
surfaces: {ETH: {kind: flat, volatility: 0.5}}
positions:
  - {contract: linear_perpetual, asset: BTK, quantity: 1}
  - {contract: put, asset: BTC, quantity: 1, strike: 90, days: 7}
history: {ETH: e.csv}
"""
    with pytest.raises(ConfigError) as refused:
        of(content, "span", tmp_path)
    told = [each.removeprefix(f"{tmp_path}/") for each in refused.value.problems]
    assert told == [
        "it.yaml:3: surfaces.ETH: unknown asset `ETH`; known: BTC",
        "it.yaml:5: positions[0].asset: unknown asset `BTK`; did you mean `BTC`? known: BTC",
        "it.yaml:6: positions[1].contract: a put on BTC needs `surfaces: {BTC: ...}`",
        "it.yaml:7: history.ETH: unknown asset `ETH`; known: BTC",
    ]


def test_the_same_contract_twice_is_refused(tmp_path: Path) -> None:
    again = "  - {contract: linear_perpetual, asset: A, quantity: 1}\n"
    with pytest.raises(ConfigError, match=r"it\.yaml:7: .*the contract of positions\[0\]"):
        of(SPREAD + again, "span", tmp_path)


def test_contracts_that_differ_in_size_alone_each_have_a_column(tmp_path: Path) -> None:
    small = "  - {contract: linear_perpetual, asset: A, quantity: -5, size: 0.1}\n"
    found = of(SPREAD + small, "span", tmp_path)
    names = ["A linear perpetual, size 1", "A dated future 30 d", "A linear perpetual, size 0.1"]
    assert found.holdings.names == names
    losses = scenarios(found)
    assert losses is not None
    assert losses[names].sum(axis=1).to_numpy() == pytest.approx(losses["portfolio"].to_numpy())


def test_an_asset_that_would_take_another_column_is_refused(tmp_path: Path) -> None:
    for name in ("portfolio", "worst_of", "scenario"):
        content = SPREAD.replace("{A:", f"{{{name}:").replace("asset: A", f"asset: {name}")
        with pytest.raises(ConfigError, match=rf"it\.yaml:2: assets\.{name}: .*another name"):
            of(content, "span", tmp_path)


def test_quantities_are_shown_as_they_are(tmp_path: Path) -> None:
    found = of(SPREAD.replace("quantity: 3", "quantity: -150.25"), "span", tmp_path)
    assert "-150.25" in text(found)


def test_a_surface_with_arbitrage_is_refused_with_the_place(tmp_path: Path) -> None:
    quoted = (
        "{kind: quoted, days: [7, 30], moneyness: [0.9, 1.1], volatility: [[2, 2], [0.5, 0.5]]}"
    )
    with pytest.raises(ConfigError, match=r"it\.yaml:3: .*30 days have less total variance than 7"):
        of(SPREAD.replace("{kind: flat, volatility: 0.5}", quoted), "span", tmp_path)


def test_policy_portfolio_and_folder_are_refused_together_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", tmp_path / "empty.yaml"
    file.write_text("title: none\nassets: {A: {price: 1}}\npositions: []\n", encoding="utf-8")
    assert main(["margin", "account", str(file), "--policy", "spam", "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "did you mean `span`" in told
    assert "empty.yaml:3: positions: must hold at least one position" in told
    assert not out.exists()
    assert main(["margin", "account", str(COVERED), "--out", str(file)]) == 2
    assert "is a file; results need a folder" in capsys.readouterr().err
