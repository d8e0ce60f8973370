"""What policies would have asked for beside what an exchange did ask for."""

import numpy as np

from experiments.figures.margin_look import against_dates, look
from experiments.figures.style import (
    BLACK,
    Picture,
    headline,
    in_percent,
    in_style,
    in_usd,
    picture,
)
from experiments.margin_record import Record
from experiments.margin_study import MarginStudy

CAPTION = (
    "Above the price. Middle: maintenance margin of one contract, USD, what the exchange asked for "
    "in black and what each policy would have. Below, the same as a share of notional. The "
    "exchange moves by announcement, a policy at every close."
)


def draw(study: MarginStudy, record: Record) -> Picture:
    """Draw the price, margin a contract, and margin as a share of notional."""
    with in_style():
        figure = picture(5.4)
        price, usd_axis, share = figure.subplots(3, 1, sharex=True, height_ratios=[0.8, 1.5, 1.2])
        notional = record.multiplier * study.price
        asked = record.at(study.time)
        price.plot(study.time, study.price, color=BLACK, lw=0.9)
        price.set_ylabel("price")
        price.grid(axis="y")
        for axis, of in ((usd_axis, asked), (share, asked / notional)):
            axis.step(study.time, of, where="post", color=BLACK, lw=2.0, label="the exchange")
        for name, style in look(study).items():
            rates = study.paths[name].maintenance
            usd_axis.step(study.time, rates * notional, where="post", **style, label=name)
            share.step(study.time, rates, where="post", **style)
        in_usd(usd_axis.yaxis)
        in_percent(share.yaxis)
        usd_axis.set_ylabel(f"{record.name} maintenance,\nUSD a contract")
        share.set_ylabel("the same,\nshare of notional")
        for axis in (usd_axis, share):
            axis.set_ylim(bottom=0)
            axis.grid(axis="y")
        share.set_xlim(study.time[0], study.time[-1])
        against_dates(share)
        count = len(study.paths) + 1
        figure.legend(
            *usd_axis.get_legend_handles_labels(),
            loc="outside lower center",
            ncols=min(count, 2 if count > 3 else 3),
        )
        headline(figure, said(study, record))
    return figure


def said(study: MarginStudy, record: Record) -> str:
    """Return what one sees, in a sentence."""
    asked = record.at(study.time)
    notional = record.multiplier * study.price
    known = asked[np.isfinite(asked)]
    swings = [
        float((path.maintenance * notional).max() / (path.maintenance * notional).min())
        for path in study.paths.values()
    ]
    policies = f"{min(swings):.1f} to {max(swings):.1f}" if len(swings) > 1 else f"{swings[0]:.1f}"
    return (
        f"From lowest to highest, {record.name} maintenance rose {known.max() / known.min():.1f} "
        f"times at the exchange, {policies} times under the policies"
    )
