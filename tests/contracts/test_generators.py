"""What every generator of networks must do."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from sim.errors import ConfigError
from sim.network.clearing.eisenberg_noe import EisenbergNoe
from sim.network.generators import GENERATORS
from sim.network.generators.core_periphery import CorePeriphery
from sim.network.generators.erdos_renyi import ErdosRenyi
from sim.network.generators.marginals import Marginals
from sim.network.generators.marginals import drawn as sized
from sim.network.generators.max_entropy import MaxEntropy
from sim.network.generators.min_density import MinDensity
from sim.network.generators.scale_free import ScaleFree
from sim.network.generators.sheets import Sheets
from sim.network.generators.small_world import SmallWorld
from sim.network.roles import Generator, NotConvergedError

EXAMPLES: dict[str, Generator] = {
    "erdos_renyi": ErdosRenyi(links=5.0),
    "core_periphery": CorePeriphery(core=0.15, ties=3),
    "scale_free": ScaleFree(links=2),
    "small_world": SmallWorld(neighbours=2, moved=0.2),
    "max_entropy": MaxEntropy(),
    "min_density": MinDensity(sheets=Sheets(capital=0.1)),
}
SIZE = 40


@pytest.fixture(params=EXAMPLES)
def generator(request: pytest.FixtureRequest) -> Generator:
    return EXAMPLES[request.param]


def test_every_registered_generator_is_tested() -> None:
    assert {name: type(example) for name, example in EXAMPLES.items()} == GENERATORS


@pytest.mark.parametrize("kind", GENERATORS.values(), ids=GENERATORS.keys())
def test_every_generator_can_be_named_without_parameters(kind: type[Generator]) -> None:
    assert kind() == kind()


def test_the_same_seed_gives_the_same_network_and_another_seed_another(
    generator: Generator,
) -> None:
    one, same, other = (generator.generate(SIZE, seed) for seed in (3, 3, 4))
    assert len(one) == SIZE
    for column in ("debtor", "creditor", "amount", "outside_assets", "outside_liabilities"):
        assert getattr(one, column).tobytes() == getattr(same, column).tobytes()
    assert one.outside_assets.tobytes() != other.outside_assets.tobytes()


def test_everybody_starts_with_equity_and_nobody_defaults_without_a_shock(
    generator: Generator,
) -> None:
    drawn = generator.generate(SIZE, seed=5)
    assert np.all(drawn.equity() > 0)
    assert EisenbergNoe().clear(drawn, np.zeros(SIZE)).sound().waves == ()


def test_the_network_is_in_one_piece_and_joins_no_pair_twice_in_one_direction(
    generator: Generator,
) -> None:
    drawn = generator.generate(SIZE, seed=6)
    assert nx.is_weakly_connected(drawn.graph())
    assert np.unique(drawn.debtor * SIZE + drawn.creditor).size == drawn.amount.size


def test_too_few_entities_are_refused(generator: Generator) -> None:
    with pytest.raises(ConfigError, match="n must be >= "):
        generator.generate(1, seed=0)


@pytest.mark.parametrize(
    "generator", [ErdosRenyi(links=0.5), CorePeriphery(core=0.3, density=0.01, ties=1)]
)
def test_a_request_that_falls_into_parts_is_refused(generator: Generator) -> None:
    with pytest.raises(ConfigError, match=r"leaves 40 entities in \d+ parts without a claim"):
        generator.generate(SIZE, seed=0)


def test_parts_are_drawn_where_they_are_asked_for() -> None:
    drawn = ErdosRenyi(links=0.5, connected=False).generate(SIZE, seed=0)
    assert not nx.is_weakly_connected(drawn.graph())


def test_more_links_than_there_are_entities_are_refused() -> None:
    for generator in (ErdosRenyi(links=40.0), ScaleFree(links=40), SmallWorld(neighbours=20)):
        with pytest.raises(ConfigError, match="must be <"):
            generator.generate(SIZE, seed=0)


def test_parameters_out_of_range_are_told_all_at_once() -> None:
    with pytest.raises(ConfigError, match=r"core must .*; density must .*; ties must"):
        CorePeriphery(core=2.0, density=0.0, ties=0)
    with pytest.raises(ConfigError, match=r"size_usd .*; capital must"):
        Sheets(size_usd=0.0, capital=1.0)


def test_sheets_that_no_network_can_have_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"more than 1.*with this capital inside must be <= 0\.1"):
        Sheets(inside=0.9, capital=0.9)
    assert Sheets(inside=0.1, capital=0.9).inside == 0.1


def known() -> Marginals:
    return Marginals(
        names=("a", "b", "c", "d"),
        claims=np.array([5.0, 3.0, 0.0, 4.0]),
        debts=np.array([2.0, 1.0, 8.0, 1.0]),
        outside_assets=np.full(4, 20.0),
        outside_liabilities=np.full(4, 10.0),
    )


@pytest.mark.parametrize("generator", [MaxEntropy(), MinDensity()])
def test_a_network_made_from_totals_has_these_totals(generator: MaxEntropy | MinDensity) -> None:
    for seed in range(20):
        drawn = generator.reconstruct(known(), seed)
        assert drawn.claims() == pytest.approx(known().claims, abs=1e-9)
        assert drawn.debts() == pytest.approx(known().debts, abs=1e-9)


def test_one_way_to_fill_in_totals_has_all_links_and_the_other_hardly_any() -> None:
    for seed in range(5):
        assert len(MaxEntropy().generate(SIZE, seed).amount) == SIZE * (SIZE - 1)
        assert len(MinDensity().generate(SIZE, seed).amount) <= 2 * SIZE


def test_totals_that_only_one_entity_could_meet_by_itself_still_find_a_network() -> None:
    tight = Marginals(
        names=("a", "b", "c"),
        claims=np.array([3.0, 3.0, 0.0]),
        debts=np.array([3.0, 3.0, 0.0]),
        outside_assets=np.full(3, 9.0),
        outside_liabilities=np.zeros(3),
    )
    for seed in range(20):
        drawn = MinDensity().reconstruct(tight, seed)
        assert drawn.claims() == pytest.approx(tight.claims)
        assert drawn.debts() == pytest.approx(tight.debts)


def test_who_borrows_all_that_is_left_gets_it_from_every_other_lender() -> None:
    """All debts are A's and D's, and A also lends: what A lends last may be owed by A alone."""
    lopsided = Marginals(
        names=("A", "B", "C", "D"),
        claims=np.array([5.0, 5.0, 5.0, 0.0]),
        debts=np.array([10.0, 0.0, 0.0, 5.0]),
        outside_assets=np.full(4, 100.0),
        outside_liabilities=np.zeros(4),
    )
    for seed in range(60):
        drawn = MinDensity().reconstruct(lopsided, seed)
        assert drawn.claims() == pytest.approx(lopsided.claims)
        assert drawn.debts() == pytest.approx(lopsided.debts)


def test_totals_that_agree_but_for_rounding_are_met_but_for_rounding() -> None:
    nearly = replace(known(), claims=known().claims * (1.0 + 5e-10))
    drawn = MinDensity().reconstruct(nearly, seed=1)
    assert drawn.claims() == pytest.approx(nearly.claims, rel=1e-8)
    assert drawn.debts() == pytest.approx(nearly.debts, rel=1e-8)


def test_however_unequal_sizes_are_nobody_is_more_than_half_of_what_is_drawn() -> None:
    for n, seed in ((3, 10), (3, 104), (4, 157), (5, 152), (8, 152)):
        sheets = Sheets(spread=3.0)
        totals = sized(sheets, n, seed)
        assert ((totals.claims + totals.debts) / totals.claims.sum()).max() < 0.992
        filled = MaxEntropy(sheets=sheets).generate(n, seed)
        assert filled.claims() == pytest.approx(totals.claims)


def test_impossible_totals_are_refused_with_everything_wrong() -> None:
    with pytest.raises(ConfigError, match=r"add up to 12 USD and debts to 3; .*b: claims of 9"):
        Marginals(
            names=("a", "b"),
            claims=np.array([3.0, 9.0]),
            debts=np.array([0.0, 3.0]),
            outside_assets=np.zeros(2),
            outside_liabilities=np.zeros(2),
        )


def test_scaling_that_does_not_settle_is_no_result() -> None:
    with pytest.raises(NotConvergedError, match="after 1 rounds a total is still"):
        MaxEntropy(rounds=1).generate(SIZE, seed=0)


def test_an_added_entity_changes_no_size_of_the_others() -> None:
    few, many = (Sheets().sizes(n, seed=9) for n in (10, 11))
    assert np.array_equal(few, many[:10])
