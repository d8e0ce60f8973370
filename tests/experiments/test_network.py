"""Studies of a network: what they measure, and what they show."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.figures.contagion import PICTURES
from experiments.figures.contagion_flow import conserved, draw_flow, flow_parts
from experiments.figures.contagion_matrix import block, draw_hurt
from experiments.figures.contagion_network import draw_network, named
from experiments.network_measures import (
    amplification,
    amplification_of_mean,
    concentration,
    expected_bound,
    hurt_by,
    mean_amplification,
    ranking,
)
from experiments.network_report import summary_text
from experiments.network_study import (
    Case,
    NetworkStudy,
    cleared,
    draw_losses,
    random_shock,
    shock_of,
)
from experiments.words import usd
from sim.errors import ConfigError
from sim.network.clearing import CLEARING
from sim.network.clearing.debtrank import DebtRank
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.clearing.fire_sale import FireSale
from sim.network.clearing.linear_debtrank import LinearDebtRank
from sim.network.clearing.rogers_veraart import RogersVeraart
from sim.network.exposures import Exposures
from sim.network.generators.core_periphery import CorePeriphery
from sim.network.generators.erdos_renyi import ErdosRenyi
from sim.network.generators.sheets import Sheets
from sim.network.holdings import Holdings
from sim.network.roles import Clearing
from tests.sim.network.networks import at_random, of_matrix, shock_at_random


def silent(what: str, done: int, total: int) -> None:
    assert what
    assert 0 < done <= total


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 10_000))
def test_no_loss_is_amplified_beyond_the_bound_of_glasserman_and_young(seed: int) -> None:
    exposures = at_random(seed)
    shock = shock_at_random(exposures, seed)
    equity = exposures.equity()
    if np.all(equity >= 0):
        found = amplification(exposures, shock, EisenbergNoe().clear(exposures, shock).sound())
        assert not found.ratio > found.bound * (1 + 1e-9)


def test_the_mean_loss_over_many_shocks_stays_below_the_expected_bound() -> None:
    exposures = CorePeriphery().generate(40, seed=2)
    mean, seeds = 0.06, range(150)
    cases = [
        cleared(exposures, EisenbergNoe(), random_shock(exposures, mean, seed)) for seed in seeds
    ]
    draws = draw_losses(cases, seeds, mean)
    assert 1.0 < amplification_of_mean(draws) < float(draws["expected_bound"].iloc[0])
    ratios = (draws["direct_usd"] + draws["shortfall_usd"]) / draws["direct_usd"]
    assert mean_amplification(draws) == pytest.approx(float(ratios.mean()))
    assert draws["defaults"].max() > 3


def test_what_goes_unpaid_outside_is_no_amplification_within_the_network() -> None:
    """0 has 8, owes 1 four and outsiders twelve, and loses all: 1 loses 4, outsiders 12."""
    pair = of_matrix([[0, 4.0], [0, 0]], [8.0, 4.0], [12.0, 0.0])
    shock = np.array([8.0, 0.0])
    found = amplification(pair, shock, EisenbergNoe().clear(pair, shock))
    assert found.ratio == pytest.approx((8 + 16) / 8)
    assert found.within == pytest.approx((8 + 4) / 8)


def test_the_bound_is_infinite_where_all_is_owed_within_the_network() -> None:
    pair = of_matrix([[0, 5.0], [0, 0]], [6.0, 6.0])
    assert expected_bound(pair, np.array([0.5, 0.0])) == np.inf
    assert expected_bound(pair, np.zeros(2)) == 1.0


@pytest.mark.parametrize("once", [True, False])
def test_the_ranking_is_what_clearing_one_failure_at_a_time_gives(*, once: bool) -> None:
    exposures = ErdosRenyi(links=4.0, sheets=Sheets(inside=0.1)).generate(40, seed=3)
    ranked = ranking(exposures, once=once, progress=silent).set_index("entity")
    clearing = DebtRank() if once else LinearDebtRank()
    equity, hurt = exposures.equity(), np.zeros(40)
    for i, name in enumerate(exposures.names):
        shock = np.where(np.arange(40) == i, equity, 0.0)
        lost = equity - clearing.clear(exposures, shock).sound().equity
        lost[i] = 0.0
        hurt += lost / equity / 39
        reach = float(lost.sum() / equity.sum())
        assert ranked.loc[name, "debt_rank"] == pytest.approx(reach, abs=1e-8)
    wanted = ranked.loc[list(exposures.names), "vulnerability"]
    assert wanted.to_numpy() == pytest.approx(hurt, abs=1e-8)


def test_few_who_hold_all_are_concentrated_and_equals_are_not() -> None:
    equal, one = concentration(np.ones(20)), concentration(np.eye(20)[0])
    assert list(equal.values()) == pytest.approx([0.05, 0.0, 0.5])
    assert list(one.values()) == pytest.approx([1.0, 0.95, 1.0])
    assert set(concentration(np.zeros(3)).values()) == {0.0}


def test_whom_a_failure_hurts_is_the_creditor_and_nobody_else() -> None:
    chain = of_matrix([[0, 4.0, 0], [0, 0, 0], [0, 0, 0]], [4.0, 4.0, 4.0])
    hurt = hurt_by(chain, EisenbergNoe(), silent)
    assert hurt[1, 0] == pytest.approx(0.5)
    assert hurt[2].tolist() == [0.0, 0.0, 1.0]


def test_a_shock_is_given_in_dollars_or_as_a_share() -> None:
    pair = of_matrix([[0, 4.0], [0, 0]], [8.0, 4.0])
    assert shock_of(pair, ["0"], None, None).tolist() == [8.0, 0.0]
    assert shock_of(pair, ["0", "1"], 3.0, None).tolist() == [3.0, 3.0]
    assert shock_of(pair, ["1"], None, 0.25).tolist() == [0.0, 1.0]
    with pytest.raises(ConfigError, match=r"no entity 'x'; there are 0, 1; .*not both; .*not 2"):
        shock_of(pair, ["x"], 1.0, 2.0)


def test_every_picture_of_a_study_can_be_drawn_for_every_algorithm() -> None:
    network = CorePeriphery(sheets=Sheets(inside=0.2)).generate(30, seed=1)
    coins = 0.5 * network.outside_assets[:, None]
    depth = np.array([10.0 * coins.sum()])
    exposures = replace(network, holdings=Holdings(assets=("BTC",), usd=coins, depth=depth))
    for name, kind in CLEARING.items():
        case = cleared(exposures, kind(), shock_of(exposures, ["E01"], None, 0.5))
        assert "lost" in draw_flow(case).says, name
    seeds = range(5)
    cases = [cleared(exposures, EisenbergNoe(), random_shock(exposures, 0.1, s)) for s in seeds]
    study = NetworkStudy(
        name="drawn",
        algorithm="EisenbergNoe()",
        case=cases[0],
        ranked=ranking(exposures, once=True, progress=silent),
        rank_by="debtrank",
        hurt=hurt_by(exposures, EisenbergNoe(), silent),
        draws=draw_losses(cases, seeds, 0.1),
    )
    for name, draw in PICTURES.items():
        drawn = draw(study)
        assert drawn is not None, name
        assert drawn.png().startswith(b"\x89PNG"), name


def test_of_a_large_matrix_the_block_with_most_in_it_is_drawn() -> None:
    """100 hurt each other 2 %, 100 others hurt 60 by 2.5 %: those hurt most do not meet them."""
    hurt = np.zeros((300, 300))
    hurt[:100, :100] = 0.02
    hurt[200:260, 100:200] = 0.025
    rows, columns = block(hurt)
    assert len(rows) == len(columns) == 60
    assert hurt[np.ix_(rows, columns)].sum() == pytest.approx(60 * 60 * 0.025)
    assert "nobody else loses equity" in draw_hurt(tuple("abc"), np.eye(3)).says


def test_a_network_in_which_nothing_happens_is_drawn_as_it_is() -> None:
    calm = of_matrix([[0, 1.0], [0, 0]], [8.0, 4.0])
    found = EisenbergNoe().clear(calm, np.zeros(2))
    drawn = draw_network(Case(exposures=calm, shock=np.zeros(2), contagion=found))
    assert drawn.says == "2 entities owe each other $1; no shock was asked for"
    assert not drawn.legends


def test_who_defaults_by_others_is_named_whatever_its_size() -> None:
    exposures = CorePeriphery(sheets=Sheets(inside=0.2)).generate(60, seed=1)
    case = cleared(exposures, EisenbergNoe(), shock_of(exposures, ["E03"], None, None))
    later = [exposures.names[i] for wave in case.contagion.waves[1:] for i in wave]
    assert len(later) == 11
    assert {exposures.names[i] for i in named(case)} >= {"E03", *later}


CONSERVING = {"eisenberg_noe", "rogers_veraart", "paddrik_rajan_young", "fire_sale"}
"""Clearings under which what default leaves unpaid is what owners and others then lose."""


@pytest.mark.parametrize("name", CLEARING)
def test_nobody_is_drawn_to_lose_more_than_its_equity_lost(name: str) -> None:
    network = CorePeriphery(sheets=Sheets(inside=0.2)).generate(30, seed=1)
    coins = 0.5 * network.outside_assets[:, None]
    holdings = Holdings(assets=("BTC",), usd=coins, depth=np.array([10.0 * coins.sum()]))
    exposures = replace(network, holdings=holdings)
    case = cleared(exposures, CLEARING[name](), shock_of(exposures, ["E01"], None, 0.6))
    assert conserved(case) == (name in CONSERVING)
    before = exposures.equity()
    bound = np.minimum(before - case.contagion.equity, np.maximum(before, 0.0))
    lost = dict(zip(exposures.names, bound, strict=True))
    flows, above = flow_parts(case)
    ends = dict.fromkeys({flow.end for flow in flows if flow.end[0] == len(above) - 1}, 0.0)
    for flow in flows:
        if flow.end in ends:
            ends[flow.end] += flow.usd
    for (_, who), drawn in ends.items():
        if who in lost:
            assert drawn <= lost[who] * (1 + 1e-6) + 1.0
    assert ("who bears it" in above) == conserved(case)


def held(depth: float, *, usd: float = 4.0) -> Exposures:
    """Return two entities that hold the same asset."""
    holdings = Holdings(assets=("BTC",), usd=np.array([[usd], [2.0]]), depth=np.array([depth]))
    return replace(of_matrix([[0, 1.0], [0, 0]], [8.0, 4.0]), holdings=holdings)


@pytest.mark.parametrize(
    ("clearing", "destroyed"),
    [
        (FireSale(), "lost in forced sales"),
        (RogersVeraart(), "destroyed by failure"),
    ],
)
def test_what_is_lost_beyond_the_shock_is_called_by_what_destroys_it(
    clearing: Clearing, destroyed: str
) -> None:
    exposures = replace(held(9.0), outside_liabilities=np.array([5.0, 2.0]))
    case = cleared(exposures, clearing, shock_of(exposures, ["0"], 4.0, None))
    costs = float(case.contagion.costs.sum())
    assert costs > 0
    flows, _ = flow_parts(case)
    drawn = sum(flow.usd for flow in flows if flow.start[1] == destroyed)
    assert drawn == pytest.approx(costs)
    labels = [text.get_text() for each in draw_flow(case).legends for text in each.get_texts()]
    assert destroyed in labels
    told = summary_text(NetworkStudy(name="held", algorithm="", case=case)).splitlines()
    assert f"{usd(costs)} {destroyed}" in told


def test_networks_that_differ_in_what_is_held_alone_are_told_apart() -> None:
    def digest(exposures: Exposures) -> str:
        case = cleared(exposures, FireSale(), np.zeros(2))
        return NetworkStudy(name="held", algorithm="FireSale()", case=case).digest

    assert digest(held(9.0)) == digest(held(9.0))
    others = held(7.0), held(9.0, usd=3.0)
    assert len({digest(held(9.0)), *(digest(other) for other in others)}) == 3


def test_a_loss_flow_without_a_loss_says_so() -> None:
    calm = of_matrix([[0, 1.0], [0, 0]], [8.0, 4.0])
    found = EisenbergNoe().clear(calm, np.zeros(2))
    nothing = draw_flow(Case(exposures=calm, shock=np.zeros(2), contagion=found))
    assert "no loss to follow" in nothing.says
