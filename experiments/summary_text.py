"""The summary of a run as a few lines of text."""

from experiments.metrics.house import OWN_CAPITAL, paid_by_layer
from experiments.record import Run
from experiments.words import percent, usd

SHOWN = (
    ("liquidated_usd", "liquidated"),
    ("liquidated_share_of_open_interest", "  of open interest"),
    ("generations", "generations of the cascade"),
    ("branching_ratio", "branching ratio"),
    ("price_fall", "price fall"),
    ("price_fall_without_impact", "  without forced sales' impact"),
    ("amplification", "amplification of the price fall"),
    ("accounts_liquidated", "accounts liquidated"),
    ("accounts_wiped_out", "accounts wiped out"),
    ("loss_usd", "final loss"),
    ("network_added_usd", "  of it added by the network"),
    ("network_amplification", "amplified, counting every link"),
    ("network_amplification_bound", "  at most, without failure costs"),
    ("insurance_draw_usd", "insurance draw"),
    ("vault_pnl_usd", "gain of backstop vaults, net"),
    ("adl_usd", "auto-deleveraged"),
    ("socialised_loss_usd", "socialised loss"),
    ("uncovered_usd", "not covered by the clearing house"),
    ("bad_debt_usd", "bad debt at lenders"),
    ("defaulted_entities", "institutions in default"),
    ("margin_called_usd", "margin called"),
    ("margin_met_usd", "margin met"),
    ("peak_to_trough", "margin rate, peak to trough"),
    ("became_true_seconds", "false price became true after"),
    ("loss_share_before_truth", "  share of the loss before"),
    ("attack_cost_usd", "cost to the attacker"),
)
"""What is shown, and what it is called; the report explains all of it."""


def summary_text(run: Run) -> str:
    """Return the main numbers of a run, one a line, with what became of it above them."""
    from experiments.metrics import METRICS

    head = f"{run.title}\nscenario {run.name}, seed {run.seed}, {len(run.events):,} events"
    if run.manifest.get("halted"):
        head += (
            f"\nSTOPPED before its end, after {run.manifest['steps']:,} steps: "
            f"{run.manifest['halted']}"
        )
    rows = [
        f"  {label:34}{_text(run.summary[name], METRICS[name].unit)}"
        for name, label in SHOWN
        if _told(run.summary.get(name))
    ]
    return "\n".join([head, "", *rows, *_house(run)])


def _house(run: Run) -> list[str]:
    """Return a line for each layer of the clearing houses that paid; none without a house."""
    layers = paid_by_layer(run)
    if not layers:
        return []
    paid = {f"  {layer}": usd(borne) for layer, borne in layers.items() if borne > 0.0}
    lines = {"borne by the clearing house": usd(sum(layers.values())) if paid else "not needed"}
    lines |= paid
    if list(paid) == [f"  {OWN_CAPITAL}"]:
        lines["  default fund and what follows"] = "not needed"
    return [f"  {label:34}{text}" for label, text in lines.items()]


def _told(value: object) -> bool:
    """Tell whether a number is there and means something."""
    return value is not None and value == value  # noqa: PLR0124 - nan is not equal to itself


def _text(value: object, unit: str) -> str:
    """Write one value with its unit."""
    if not isinstance(value, int | float):
        return str(value)
    written = {"USD": usd, "fraction": percent, "seconds": lambda seconds: f"{seconds:,.0f} s"}
    if unit in written:
        return written[unit](value)
    return f"{value:,d}" if isinstance(value, int) else f"{value:.3g}"
