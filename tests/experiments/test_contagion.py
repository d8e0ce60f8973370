"""What the network did with a loss, read off finished runs of small chains of debts."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest

from experiments.figures import FIGURES
from experiments.metrics import METRICS
from experiments.metrics.contagion import waves
from experiments.record import Run
from experiments.run import run
from experiments.story import tell
from experiments.studies import network as study
from experiments.summary_text import summary_text
from scenarios.load import checked
from tests.sim.credit.firms import firm, network, owes
from tests.sim.worlds import Plain, exchange


@cache
def chain(*without: str) -> Run:
    """Return a run in which a fund fails that owes a lender who owes a bank with depositors."""
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 0.2}),
        "lender": firm(2_000.0, owed=1_000.0),
        "bank": firm(500.0, owed=4_800.0),
        "calm": firm(1_000.0),
    }
    loans = [owes("fund", "lender", 8_000.0), owes("lender", "bank", 5_000.0)]
    plain: Plain = network(firms, loans) | {"steps": 6, "without": list(without)}
    plain["shocks"] = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -0.95}]
    return run(checked(plain, {}), seed=1, twin=False, check=True)


def test_a_run_with_a_twin_says_what_the_network_added() -> None:
    """The lender fails by the fund's failure, and half of what it has is destroyed with it.

    It had 9,000, which the fund's failure does not touch: 4,500 go, whoever would have got them,
    its owners or those whom it owes.
    """
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 0.2}),
        "lender": firm(9_000.0, owed=11_000.0),
        "bank": firm(9_000.0, owed=4_800.0),
    }
    loans = [owes("fund", "lender", 8_000.0), owes("lender", "bank", 5_000.0)]
    costs = {"kind": "rogers_veraart", "alpha": 0.5, "beta": 1.0}
    plain: Plain = network(firms, loans, algorithm=costs) | {"steps": 6}
    plain["shocks"] = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -0.95}]
    whole = checked(plain, {})
    found, cut = run(whole, seed=1), run(whole.cut("network"), seed=1)
    added = number(found, "network_added_usd")
    assert added == pytest.approx(number(found, "loss_usd") - number(cut, "loss_usd"))
    assert added == pytest.approx(4_500.0)
    assert np.isnan(number(cut, "network_added_usd"))
    assert np.isnan(number(run(whole, seed=1, twin=False), "network_added_usd"))


def number(of: Run, name: str) -> float:
    """Return a metric of a run."""
    return float(str(METRICS[name](of)))


def test_failures_are_counted_wave_by_wave() -> None:
    assert METRICS["defaults_by_wave"](chain()) == {"wave 0": 1, "wave 1": 1, "wave 2": 1}
    assert METRICS["defaults_by_wave"](chain("network")) == {"wave 0": 1}


def fallen(firms: Plain, loans: list[Plain], size: float) -> Run:
    """Return a run of firms that owe each other money, in which the price falls at once."""
    plain: Plain = network(firms, loans) | {"steps": 4}
    plain["shocks"] = [{"at_minutes": 1, "kind": "price_jump", "asset": "BTC", "size": size}]
    return run(checked(plain, {}), seed=1, twin=False, check=True)


def test_who_fails_by_itself_is_of_the_first_wave_whatever_others_cost_it() -> None:
    """Both are ruined by one fall of the price; one of them is owed ten dollars by the other."""
    coins = {"BTC": 0.2}
    firms = {"A": firm(holdings=coins, owed=5_000.0), "B": firm(holdings=coins, owed=9_000.0)}
    found = fallen(firms, [owes("A", "B", 10.0)], -0.9)
    assert METRICS["defaults_by_wave"](found) == {"wave 0": 2}
    assert number(found, "network_amplification") == pytest.approx(1.0)
    defaults = found.events[found.events["kind"] == "default"]
    assert (found.events["kind"].iloc[defaults["cause"]] == "shock").all()


def test_a_wave_follows_the_clearing_and_not_the_heaviest_loss() -> None:
    """C outlives what it loses on A, by far the most, and fails by what B then leaves too."""
    firms = {
        "A": firm(holdings={"BTC": 0.2}),
        "B": firm(1_000.0),
        "C": firm(500.0, owed=6_300.0, other=4_500.0),
    }
    loans = [owes("A", "B", 2_000.0), owes("B", "C", 1_500.0), owes("A", "C", 4_000.0)]
    found = fallen(firms, loans, -0.99)
    assert METRICS["defaults_by_wave"](found) == {"wave 0": 1, "wave 1": 1, "wave 2": 1}


def test_a_run_whose_debts_could_not_be_settled_says_that_it_stopped() -> None:
    firms = {"A": firm(holdings={"BTC": 0.2}), "B": firm(100.0, owed=500.0), "C": firm(1.0)}
    once = {"kind": "eisenberg_noe", "method": "fixed_point", "rounds": 1}
    loans = [owes("A", "B", 2_000.0), owes("B", "C", 1_500.0), owes("C", "B", 1_000.0)]
    plain: Plain = network(firms, loans, algorithm=once) | {"steps": 4}
    plain["shocks"] = [{"at_minutes": 1, "kind": "price_jump", "asset": "BTC", "size": -0.99}]
    told = summary_text(run(checked(plain, {}), seed=1, twin=False)).splitlines()
    assert told[2].startswith("STOPPED before its end, after 2 steps: what entities owe")
    assert "did not converge" in told[2]


def test_a_loss_that_is_passed_on_is_counted_once() -> None:
    """6,500 not paid by the fund: each bears what is left after it has passed on what it can.

    The lender has 3,500 for 6,000, and the bank, which gets 2,917 of 5,000, 3,417 for 4,800.
    """
    lender, bank = 4_000.0, 700.0
    shares = {"owners of creditors": lender + bank, "creditors' own creditors": 1_800.0}
    found = METRICS["loss_usd_by_bearer"](chain())
    assert found == pytest.approx(shares)
    assert number(chain(), "loss_usd") == pytest.approx(6_500.0)
    assert number(chain("network"), "loss_usd") == pytest.approx(6_500.0)


@pytest.mark.parametrize(
    ("later", "lost"), [(-0.5, 6_750.0), (1.0, 6_000.0), (9.0, 2_000.0)],
    ids=["falls on", "recovers in part", "recovers"],
)  # fmt: skip
def test_owners_of_a_failed_lender_lose_their_equity_and_no_more(later: float, lost: float) -> None:
    """The lender's 5,000 bear what the fund leaves in the end, and beyond them the bank."""
    firms = {
        "fund": firm(1_000.0, holdings={"BTC": 0.2}),
        "lender": firm(2_000.0),
        "bank": firm(500.0, owed=2_500.0),
    }
    loans = [owes("fund", "lender", 8_000.0), owes("lender", "bank", 5_000.0)]
    plain: Plain = network(firms, loans) | {"steps": 6}
    plain["shocks"] = [
        {"at_minutes": minute, "kind": "price_jump", "asset": "BTC", "size": size}
        for minute, size in ((1, -0.95), (3, later))
    ]
    found = run(checked(plain, {}), seed=1, twin=False, check=True)
    entity = found.events["entity"].astype(str).to_numpy()
    owners = found.ledger[found.ledger["bearer"] == "owners of creditors"]
    bears = owners.groupby(entity[owners["event"]])["usd"].sum()
    assert bears["lender"] == pytest.approx(min(lost, 5_000.0))
    assert number(found, "loss_usd") == pytest.approx(lost)


@cache
def cleared(own: float, fall: float, *, assess: bool = False) -> Run:
    """Return a run in which the price falls by that much behind a house with some own capital.

    A big member is long 100,000 on a margin of 15,000; gains are never cut.
    """
    members = {
        "big": firm(30_000.0, venue="x", instrument="P", position_usd=100_000.0),
        "short": firm(60_000.0, venue="x", instrument="P", position_usd=-40_000.0),
    }
    house = {"stress": [-0.1, 0.1], "haircut_gains": False}
    house |= {"least_usd": 4_000.0, "assessment_cap": 0.5} if assess else {}
    plain: Plain = network(members, [], kind="clearing_house", house=house) | {"steps": 6}
    rule = {"rule": "whole", "rounds": 1, "takeover_after_seconds": 0.0, "price_band": 0.5}
    plain["venues"] = {"x": exchange(liquidation=rule, insurance_fund_usd=own)}
    plain["crowd"]["carry"] = {
        "kind": "carry", "venue": "x", "instrument": "P", "accounts": 2, "cash_share": 1.0,
    }  # fmt: skip
    plain["shocks"] = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -fall}]
    return run(checked(plain, {}), seed=1, twin=False, check=True)


def test_what_a_failed_house_leaves_to_others_is_not_its_funds_loss_as_well() -> None:
    """The big member loses 30,000: its margin of 15,000, own capital of 1,000, and 14,000 more."""
    failed = cleared(1_000.0, 0.3)
    shares = {"liquidated traders": 15_000.0, "insurance funds": 1_000.0}
    found = METRICS["loss_usd_by_bearer"](failed)
    assert found == pytest.approx(shares | {"creditors' own creditors": 14_000.0})
    assert number(failed, "loss_usd") == pytest.approx(30_000.0)


LAYERS = {
    "defaulters' fund shares": 2_000.0,
    "own capital": 1_000.0,
    "other members' fund shares": 2_000.0,
    "assessed members": 1_000.0,
    "winners with gains cut": 0.0,
    "winners torn up": 0.0,
}
"""What a house pays with 1,000 of its own, 4,000 in its fund, and half of that to be asked for."""


def test_a_house_says_what_each_layer_paid() -> None:
    failed = cleared(1_000.0, 0.3, assess=True)
    assert METRICS["house_paid_usd_by_layer"](failed) == pytest.approx(LAYERS)
    text = summary_text(failed)
    assert re.search(r"borne by the clearing house +\$6 k\n +defaulters' fund shares +\$2 k", text)
    assert "gains" not in text
    (told,) = (each.text for each in tell(failed) if "the clearing house of x pays" in each.text)
    assert "have borne $6 k: defaulters' fund shares $2 k, own capital $1 k" in told
    assert "x itself fails and leaves $9 k unpaid" in told


def test_a_house_whose_members_were_not_asked_says_so() -> None:
    """The big member owes 5,000 beyond its margin of 15,000, and own capital is 6,000."""
    spared = cleared(6_000.0, 0.2)
    assert "asked no member for anything" in " ".join(each.text for each in tell(spared))
    assert re.search(
        r"own capital +\$5 k\n +default fund and what .* not needed", summary_text(spared)
    )


def test_a_house_that_was_not_needed_says_so() -> None:
    calm = cleared(1_000.0, 0.01)
    assert METRICS["house_paid_usd_by_layer"](calm) == dict.fromkeys(LAYERS, 0.0)
    assert "The clearing house of x was not needed" in " ".join(each.text for each in tell(calm))
    assert re.search("borne by the clearing house +not needed", summary_text(calm))


def test_where_there_is_no_house_nothing_is_said_of_one() -> None:
    assert METRICS["house_paid_usd_by_layer"](chain()) == {}
    assert "clearing house" not in summary_text(chain())
    assert not any("clearing house" in each.text for each in tell(chain()))


def test_what_was_not_paid_reached_creditors_directly() -> None:
    found = METRICS["network_loss_usd_by_channel"](chain())
    assert isinstance(found, dict)
    assert found["direct"] == pytest.approx(6_500.0)
    assert found["margin"] == found["funding"] == 0.0


def test_the_network_amplifies_by_what_later_failures_do_not_pay() -> None:
    """The fund lost 9,500 of its own and left 6,500; the others left 2,500 and 1,383 more."""
    lost, first, later = 9_500.0, 6_500.0, 2_500.0 + 4_800.0 - (500.0 + 5_000.0 * 3.5 / 6.0)
    factor = number(chain(), "network_amplification")
    assert factor == pytest.approx((lost + first + later) / (lost + first))
    assert factor <= number(chain(), "network_amplification_bound")
    assert number(chain("network"), "network_amplification") == pytest.approx(1.0)


@cache
def small_among_large() -> Run:
    """Return a run in which a small fund with little else than debts takes its lender along."""
    firms = {
        "fund": firm(100.0, holdings={"BTC": 0.1}),
        "lender": firm(200.0, owed=3_000.0),
        "giant": firm(1_000_000.0, owed=1_000.0),
    }
    loans = [owes("fund", "lender", 4_000.0), owes("lender", "giant", 1_000.0)]
    plain: Plain = network(firms, loans) | {"steps": 6}
    plain["shocks"] = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -0.95}]
    return run(checked(plain, {}), seed=1, twin=False, check=True)


def test_the_bound_counts_the_shock_that_there_was_and_not_the_size_of_all_others() -> None:
    """The fund loses 4,750 and leaves 3,650; the lender owes a quarter of its debts inside.

    Its 550 for 4,000 leave 3,450 more: within 3,650 / (1 - 1/4), and more than assets would say.
    """
    factor = number(small_among_large(), "network_amplification")
    assert factor == pytest.approx(1.0 + 3_450.0 / (4_750.0 + 3_650.0))
    bound = number(small_among_large(), "network_amplification_bound")
    assert bound == pytest.approx(1.0 + 3_650.0 / 0.75 / (4_750.0 + 3_650.0))
    assert factor < bound


def test_loans_and_debts_outside_stand_among_the_exposures() -> None:
    owed = chain().exposures.astype({"source": str, "target": str, "kind": str})
    table = owed.set_index(["source", "target", "kind"])["usd_before"]
    assert table["lender", "fund", "credit"] == 8_000.0
    assert table["world", "bank", "outside_debt"] == 4_800.0


def test_the_flow_of_losses_says_who_failed_and_what_was_lost() -> None:
    says = FIGURES["loss_flow"](chain()).says
    assert "$6.5 k" in says
    assert "3 failed in all, in the first and 2 further waves" in says
    assert "nobody lost anything" in FIGURES["loss_flow"](chain_without_loss()).says


def test_a_failure_that_takes_nobody_along_is_said_to_do_so() -> None:
    """The lender outlives it; with two funds, both do."""
    rich = firm(20_000.0)
    for count, who in ((1, "the one that failed first"), (2, "the 2 that failed first")):
        funds = {f"fund_{i}": firm(1_000.0, holdings={"BTC": 0.2}) for i in range(count)}
        loans = [owes(name, "lender", 8_000.0) for name in funds]
        plain: Plain = network(funds | {"lender": rich}, loans) | {"steps": 6}
        plain["shocks"] = [{"at_minutes": 2, "kind": "price_jump", "asset": "BTC", "size": -0.95}]
        alone = run(checked(plain, {}), seed=1, twin=False)
        assert f"not paid by {who} and took nobody along" in FIGURES["loss_flow"](alone).says


@cache
def chain_without_loss() -> Run:
    """Return a run in which everybody pays."""
    firms = {"a": firm(1_000.0), "b": firm(1_000.0)}
    plain = network(firms, [owes("a", "b", 500.0)]) | {"steps": 3}
    return run(checked(plain, {}), seed=1, twin=False)


def test_the_story_tells_who_was_taken_along() -> None:
    told = " ".join(sentence.text for sentence in tell(chain()))
    assert "fund fails and leaves $6.5 k unpaid" in told
    assert "lender and bank with it" in told


def test_no_wave_without_a_failure() -> None:
    assert waves(chain_without_loss()) == {}
    assert np.isnan(number(chain_without_loss(), "network_amplification"))


def cells(*, added: float = 5.0, waves_on: float = 2.0, factor: float = 1.1) -> pd.DataFrame:
    """Return what the study read off made-up runs."""
    rows = []
    for seed in range(4):
        for costs, on in study.CELLS:
            row = {"costs": costs, "network": on, "seed": seed, "defaults": 3.0, "bound": 1.5}
            row |= {"waves": waves_on if on else 0.0, "amplification": factor}
            row |= {"loss_usd": 1e8 + 1e5 * seed + (added * 1e6 if on else 0.0)}
            row |= dict.fromkeys(("direct_usd", "fire_sale_usd", "margin_usd", "funding_usd"), 1e6)
            rows.append(row)
    return pd.DataFrame(rows)


def test_the_study_notices_a_network_that_adds_nothing_or_too_much() -> None:
    assert [claim.holds for claim in study._claims(cells())] == [True, True, True]
    assert not study._claims(cells(added=-1.0))[0].holds
    assert not study._claims(cells(waves_on=1.0))[1].holds
    assert not study._claims(cells(factor=1.9))[2].holds


def test_the_study_counts_seeds_under_which_nobody_fails() -> None:
    runs = cells()
    runs.loc[runs["seed"] == 2, ["waves", "defaults"]] = 0.0
    claims = study._claims(runs)
    assert not claims[1].holds, "failures go on under every seed, or the claim does not hold"
    assert claims[0].evidence.startswith("4 seeds")


def test_the_study_shows_expected_and_tail_losses() -> None:
    table = study._table(cells())
    assert len(table) == 4
    assert "95% tail, m USD" in table
    assert study.draw(cells()).says
