"""Where losses went: from who failed first, wave by wave, to who bore them in the end."""

import numpy as np
import pandas as pd

from experiments.figures.ribbons import REST, Flow, draw_ribbons, merged, tallest
from experiments.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    Picture,
    headline,
    message,
    picture,
)
from experiments.metrics.contagion import waves
from experiments.metrics.ledger import OUTSIDE
from experiments.record import Run
from experiments.words import usd

FIRST = (
    "Losses on claims between entities, from left to right: those who failed by themselves{waves}, "
    "and on the right who bore the loss in the end. A band is as wide as the loss{colour}. "
)
HEIGHT = (
    "A bar is as high as what came in, or went on where that is more: what goes on beyond what "
    "came in was the failed firm's own loss, or destroyed by its failure."
)
COLOURS = {
    f"wave {wave}": colour
    for wave, colour in enumerate((VERMILLION, ORANGE, PURPLE, SKY, GREEN, BLUE))
}
"""By the wave in which the debtor failed; later waves have the colour of the last."""
SHOWN = 6
"""Most entities of a column that are drawn by themselves."""
LEAST = 0.005
"""A claim lost is drawn if it exceeds this share of the mean of all."""
OWNERS, OTHERS = "owners", "depositors and others outside"


def caption(run: Run) -> str:
    """Say how to read what there is to be seen."""
    flows = _flows(run)
    further = any(flow.start[0] for flow in flows)
    text = FIRST.format(
        waves=", those whom they took along wave by wave" * further,
        colour="; its colour is the wave in which the debtor failed" * further,
    )
    text += HEIGHT
    names = {name for flow in flows for _, name in (flow.start, flow.end)}
    return text + " Small entities are drawn together." * any(n.endswith(REST) for n in names)


def draw(run: Run) -> Picture:
    """Draw the flow of losses between entities."""
    flows = _flows(run)
    if not flows:
        return message("nobody lost anything on anybody's failure")
    last = max(flow.end[0] for flow in flows)
    figure = picture(1.5 + 0.32 * max(4, tallest(flows)))
    names = ["failed first", *(f"wave {wave}" for wave in range(1, last)), "bore it in the end"]
    draw_ribbons(figure.subplots(), flows, names, COLOURS, last=(OWNERS, OTHERS))
    first = sum(flow.usd for flow in flows if flow.start[0] == 0)
    final = sum(flow.usd for flow in flows if flow.end[0] == last)
    headline(figure, f"{_failed(run, usd(first))}; {usd(final)} was lost on claims in the end")
    return figure


def _failed(run: Run, unpaid: str) -> str:
    """Say what those who failed first did not pay, how many failed, and in how many waves."""
    wave = list(waves(run).values())
    further = max(wave)
    if not further:
        one = len(wave) == 1
        who = "the one that failed" if one else f"the {len(wave)} that failed"
        return f"{unpaid} not paid by {who} first and took nobody along"
    return (
        f"{unpaid} not paid by those who failed first; {len(wave)} failed in all, in the first and "
        f"{further} further wave{'s' * (further > 1)}"
    )


def _flows(run: Run) -> list[Flow]:
    """Return what was lost, and what stays with owners, in the last column.

    The column of an entity that failed is its wave; who lost and did not fail, and the owners
    of who did, stand in the last.
    """
    wave = {str(run.events["entity"].iloc[event]): w for event, w in waves(run).items()}
    table = _lost(run)
    if table.empty:
        return []
    last = max(wave[name] for name in table["debtor"]) + 1
    table["from_column"] = table["debtor"].map(wave)
    table["to_column"] = [wave.get(name, last) for name in table["creditor"]]
    forward = table["from_column"] < table["to_column"]
    table = table[forward]
    whole = pd.concat([table, _kept(table, last)], ignore_index=True)
    flows = [
        Flow(
            (int(start), str(debtor).replace("_", " ")),
            (int(end), OTHERS if creditor == OUTSIDE else str(creditor).replace("_", " ")),
            f"wave {min(int(start), len(COLOURS) - 1)}",
            float(amount),
        )
        for start, debtor, end, creditor, amount in zip(
            *(whole[name] for name in ("from_column", "debtor", "to_column", "creditor", "usd")),
            strict=True,
        )
    ]
    return merged(flows, lambda _: SHOWN, last=(OWNERS, OTHERS))


def _lost(run: Run) -> pd.DataFrame:
    """Return what each creditor lost on each debtor that failed, USD, but for trifles."""
    kind = run.events["kind"].astype(str).to_numpy()
    cause, loss = run.events["cause"].to_numpy(), run.events["loss"].to_numpy()
    entity = run.events["entity"].astype(str).to_numpy()
    rows = [
        (entity[cause[i]], entity[i], float(loss[i]))
        for i in np.flatnonzero(kind == "contagion_loss")
        if cause[i] >= 0 and kind[cause[i]] == "default"
    ]
    table = pd.DataFrame(rows, columns=["debtor", "creditor", "usd"])
    table = table.groupby(["debtor", "creditor"], sort=False)["usd"].sum().reset_index()
    return table[table["usd"] > LEAST * table["usd"].sum() / max(len(table), 1)].copy()


def _kept(table: pd.DataFrame, last: int) -> pd.DataFrame:
    """Return what stays with the owners of entities that failed: what came and did not go on."""
    came = table[table["to_column"] < last].groupby("creditor")["usd"].sum()
    went = table.groupby("debtor")["usd"].sum().reindex(came.index, fill_value=0.0)
    stays = (came - went)[came > went]
    column = table.drop_duplicates("creditor").set_index("creditor")["to_column"]
    return pd.DataFrame(
        {
            "debtor": stays.index,
            "creditor": OWNERS,
            "usd": stays.to_numpy(),
            "from_column": column.reindex(stays.index).to_numpy(),
            "to_column": last,
        }
    )
