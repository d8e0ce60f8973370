"""What can befall a market from outside: one line a kind."""

from oracles import ATTACKS
from scenarios.shocks.feeds import FeedAttack
from scenarios.shocks.institutions import Manipulation, WhaleDefault
from scenarios.shocks.options import ImpliedVolatility
from scenarios.shocks.prices import Depeg, PriceJump, VolatilityRegime
from scenarios.shocks.roles import Shock
from scenarios.shocks.venues import Congestion, LiquidityWithdrawal, MarginHike, VenueOutage
from scenarios.shocks.withdrawal import MarginWithdrawal

SHOCKS: dict[str, type[Shock]] = {
    "price_jump": PriceJump,
    "volatility_regime": VolatilityRegime,
    "depeg": Depeg,
    "implied_volatility": ImpliedVolatility,
    "liquidity_withdrawal": LiquidityWithdrawal,
    "venue_outage": VenueOutage,
    "margin_hike": MarginHike,
    "congestion": Congestion,
    "manipulation": Manipulation,
    "whale_default": WhaleDefault,
    "margin_withdrawal": MarginWithdrawal,
    **dict.fromkeys(ATTACKS, FeedAttack),
}
"""Every kind of shock that a scenario can name; each attack on oracles is one."""
