"""Studies of waterfalls: their claims can fail, and their runs are the ones that they describe."""

import numpy as np
import pandas as pd
import pytest

from experiments.run import run
from experiments.studies import deleveraging, disposal
from experiments.studies.study import Claim

SEEDS = range(6)


def sold(**changes: dict[str, float]) -> pd.DataFrame:
    """Return made-up runs of the disposal study; numbers are by pace, the same in every case."""
    numbers = {
        "fund_change": dict(zip(disposal.SHARES, (1.0, 2.0, 3.0, 4.0), strict=True)),
        "price_low": dict(zip(disposal.SHARES, (0.8, 0.85, 0.9, 0.95), strict=True)),
        "minutes": dict(zip(disposal.SHARES, (1.0, 10.0, 20.0, 80.0), strict=True)),
    }
    rows = []
    for case in disposal.CASES:
        for pace in disposal.SHARES:
            for seed in SEEDS:
                row = {name: by[pace] + 1e-3 * seed for name, by in numbers.items()}
                if case == disposal.LONGS:
                    row["fund_change"] = -row["fund_change"]
                row |= {name: by[pace] + 1e-3 * seed for name, by in changes.items()}
                rows.append({"case": case, "pace": pace, "seed": seed} | row)
    return pd.DataFrame(rows)


def held(claims: tuple[Claim, ...]) -> list[bool]:
    return [claim.holds for claim in claims]


def test_every_claim_about_disposal_can_fail() -> None:
    assert all(held(disposal._claims(sold())))
    same = dict.fromkeys(disposal.SHARES, 1.0)
    assert held(disposal._claims(sold(price_low=same))) == [False, True, True, True]
    assert held(disposal._claims(sold(fund_change=same))) == [True, False, False, True]
    faster = dict(zip(disposal.SHARES, (4.0, 3.0, 2.0, 1.0), strict=True))
    assert not held(disposal._claims(sold(minutes=faster)))[3]


def test_the_position_of_the_fund_is_what_it_took_over_less_what_it_sold() -> None:
    """In the model's own books the fund holds the same, and at the end nothing."""
    scenario = disposal.scenario_of(disposal.LARGE, 0.1)
    short = scenario.model_copy(update={"steps": 90})
    done = run(short, 0, twin=False)
    contracts = disposal.held_by_fund(done)
    price = done.steps["mark"].iloc[disposal.START]
    whole = 5.0 * disposal.BOOK_USD / (price * disposal.CONTRACT_SIZE)
    assert contracts[: disposal.START].tolist() == [0.0] * disposal.START
    assert contracts.max() == pytest.approx(whole, rel=0.05)
    assert contracts[-1] == 0.0
    assert (np.diff(contracts[disposal.START :]) <= 0.0).all()


def test_a_sale_takes_no_more_than_its_share_of_the_book() -> None:
    short = disposal.scenario_of(disposal.LARGE, 0.05).model_copy(update={"steps": 40})
    done = run(short, 0, twin=False)
    sales = done.events[done.events["kind"] == "disposal"].set_index("step")["usd"]
    depth = done.steps.set_index("step")["bid_depth_usd"]
    assert len(sales) > 10
    assert (sales <= 0.05 * 1.05 * depth.reindex(sales.index)).all()


def closed(**changes: dict[str, float]) -> pd.DataFrame:
    """Return made-up runs of the deleveraging study; numbers are by policy."""
    names = deleveraging.NAMES
    nan = np.nan
    numbers = {
        "adl_usd": dict(zip(names, (5.0, 1.0, 5.0, 1.0, 5.0, 0.0), strict=True)),
        "adl_overshoot": dict(zip(names, (9.0, 0.0, 9.0, 0.0, 9.0, nan), strict=True)),
        "adl_winners_hit": dict(zip(names, (0.1, 0.01, 1.0, 0.9, 0.7, nan), strict=True)),
        "adl_haircut_dispersion": dict(zip(names, (0.4, 0.1, 0.0, 0.0, 0.2, nan), strict=True)),
        "socialised_loss_usd": dict(zip(names, (0.0, 0.1, 0.0, 0.1, 0.0, 3.0), strict=True)),
    } | changes
    return pd.DataFrame(
        [
            {"policy": name, "seed": seed}
            | {
                what: by[name] * (1.0 + 1e-3 * seed) if np.isfinite(by[name]) else nan
                for what, by in numbers.items()
            }
            for name in names
            for seed in SEEDS
        ]
    )


def test_every_claim_about_deleveraging_can_fail() -> None:
    assert all(held(deleveraging._claims(closed())))
    same = dict.fromkeys(deleveraging.NAMES, 0.5)
    assert not held(deleveraging._claims(closed(adl_haircut_dispersion=same)))[0]
    assert held(deleveraging._claims(closed(adl_winners_hit=same)))[1:3] == [False, False]
    assert not held(deleveraging._claims(closed(adl_overshoot=same)))[3]
    assert not held(deleveraging._claims(closed(adl_usd=same)))[4]


def test_the_crash_of_the_deleveraging_study_empties_the_fund() -> None:
    done = run(deleveraging.scenario_of(deleveraging.EVEN), 0, twin=False, check=True)
    numbers = deleveraging.read(done)
    assert numbers["adl_usd"] > 1e6
    assert numbers["adl_haircut_dispersion"] < 0.05
    assert done.adl_rounds is not None
    assert (done.adl_rounds["given_usd"] <= done.adl_rounds["deficit_usd"] * (1 + 1e-9)).all()
