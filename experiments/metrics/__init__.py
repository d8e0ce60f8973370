"""Numbers read off a finished run. They never run anything."""

from collections.abc import Mapping

from experiments.metrics import adl, cascade, coverage, losses, margin, network, price, truth
from experiments.metrics.metric import Metric

METRICS: Mapping[str, Metric] = {
    "liquidated_usd": Metric(cascade.liquidated_usd, "USD"),
    "liquidated_share_of_open_interest": Metric(cascade.liquidated_share, "fraction"),
    "forced_trades": Metric(cascade.forced_trades, "count"),
    "forced_usd": Metric(cascade.forced_usd, "USD"),
    "generations": Metric(cascade.generations, "count"),
    "mean_generation": Metric(cascade.mean_generation, "ratio"),
    "branching_ratio": Metric(cascade.branching_ratio, "ratio"),
    "liquidated_usd_by_channel": Metric(cascade.liquidated_usd_by_channel, "USD"),
    "price_fall": Metric(price.price_fall, "fraction"),
    "price_fall_without_impact": Metric(price.price_fall_without_impact, "fraction"),
    "amplification": Metric(price.amplification, "ratio"),
    "price_recovery_seconds": Metric(price.price_recovery_seconds, "seconds"),
    "depth_recovery_seconds": Metric(price.depth_recovery_seconds, "seconds"),
    "loss_usd": Metric(losses.loss_usd, "USD"),
    "loss_usd_by_bearer": Metric(losses.loss_usd_by_bearer, "USD"),
    "insurance_draw_usd": Metric(losses.insurance_draw_usd, "USD"),
    "adl_usd": Metric(losses.adl_usd, "USD"),
    "adl_overshoot": Metric(adl.adl_overshoot, "ratio"),
    "adl_top_ten_share": Metric(adl.adl_top_ten_share, "fraction"),
    "adl_gini": Metric(adl.adl_gini, "ratio"),
    "adl_winners_hit": Metric(adl.adl_winners_hit, "fraction"),
    "adl_haircut_dispersion": Metric(adl.adl_haircut_dispersion, "fraction"),
    "vault_pnl_usd": Metric(adl.vault_pnl_usd, "USD"),
    "socialised_loss_usd": Metric(losses.socialised_loss_usd, "USD"),
    "bad_debt_usd": Metric(losses.bad_debt_usd, "USD"),
    "accounts_liquidated": Metric(losses.accounts_liquidated, "count"),
    "accounts_wiped_out": Metric(losses.accounts_wiped_out, "count"),
    "defaulted_entities": Metric(losses.defaulted_entities, "count"),
    "margin_called_usd": Metric(margin.margin_called_usd, "USD"),
    "margin_met_usd": Metric(margin.margin_met_usd, "USD"),
    "margin_met_share": Metric(margin.margin_met_share, "fraction"),
    "mean_margin": Metric(margin.mean_margin, "fraction"),
    "peak_to_trough": Metric(margin.peak_to_trough, "ratio"),
    "endogeneity_gap": Metric(margin.endogeneity_gap, "ratio"),
    "margin_increase": Metric(margin.margin_increase, "fraction"),
    "coverage": Metric(coverage.coverage, "fraction"),
    "debt_rank": Metric(network.debt_rank, "fraction"),
    "debt_rank_by_entity": Metric(network.debt_rank_by_entity, "fraction"),
    "became_true_seconds": Metric(truth.became_true_seconds, "seconds"),
    "loss_share_before_truth": Metric(truth.loss_share_before, "fraction"),
    "liquidated_share_before_truth": Metric(truth.liquidated_share_before, "fraction"),
    "truth_by_venue": Metric(truth.by_venue, "USD"),
    "attack_cost_usd": Metric(truth.attack_cost_usd, "USD"),
}
"""Every number of the summary, in the order in which it is shown."""
