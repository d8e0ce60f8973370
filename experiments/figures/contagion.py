"""Pictures of a study of a network, by the name of their file."""

from collections.abc import Callable, Mapping

from experiments.figures.contagion_flow import draw_flow
from experiments.figures.contagion_losses import draw_losses
from experiments.figures.contagion_matrix import draw_hurt
from experiments.figures.contagion_network import draw_network
from experiments.figures.contagion_ranking import draw_ranking
from experiments.figures.style import Picture, in_style
from experiments.network_study import NetworkStudy


def _network(study: NetworkStudy) -> Picture | None:
    """Draw who owes whom, and who defaulted when."""
    return draw_network(study.case)


def _flow(study: NetworkStudy) -> Picture | None:
    """Draw the loss from shock to bearers, where there is one."""
    happened = bool(study.case.shock.any()) or bool(study.case.contagion.waves)
    return draw_flow(study.case) if happened else None


def _hurt(study: NetworkStudy) -> Picture | None:
    """Draw whom each failure hurts, where it was worked out."""
    return None if study.hurt is None else draw_hurt(study.case.exposures.names, study.hurt)


def _ranking(study: NetworkStudy) -> Picture | None:
    """Draw the ranking, where there is one."""
    return None if study.ranked is None else draw_ranking(study.ranked, study.rank_by)


def _losses(study: NetworkStudy) -> Picture | None:
    """Draw losses over seeds, where they were drawn."""
    if study.draws is None:
        return None
    return draw_losses(study.draws, distress=study.case.wording.distress)


def _styled(draw: Callable[[NetworkStudy], Picture | None]) -> Callable[..., Picture | None]:
    """Return a picture drawn in the style of all."""

    def styled(study: NetworkStudy) -> Picture | None:
        with in_style():
            return draw(study)

    return styled


PICTURES: Mapping[str, Callable[[NetworkStudy], Picture | None]] = {
    "network": _styled(_network),
    "flow": _styled(_flow),
    "who_is_hurt": _styled(_hurt),
    "ranking": _styled(_ranking),
    "losses": _styled(_losses),
}
"""Every picture; one that has nothing to show returns ``None``."""
