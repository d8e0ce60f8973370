"""How orders meet: each mechanism is a frozen description that opens a live market."""

from sim.market.constant_product import ConstantProduct, ConstantProductMarket
from sim.market.impact import ImpactMarket
from sim.market.linear import Linear
from sim.market.order_book import OrderBook, OrderBookMarket
from sim.market.square_root import SquareRoot

MECHANISMS = {
    "order_book": OrderBook,
    "constant_product": ConstantProduct,
    "square_root": SquareRoot,
    "linear": Linear,
}
"""Every market mechanism that a scenario can name."""

type MechanismKind = OrderBook | ConstantProduct | SquareRoot | Linear
type LiveMarket = OrderBookMarket | ConstantProductMarket | ImpactMarket
