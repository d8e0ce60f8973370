"""What makes a feed say what is not so: one file each, listed here."""

from oracles.attacks.bias import Bias
from oracles.attacks.capture import Capture
from oracles.attacks.drop_out import DropOut
from oracles.attacks.floor_cap import FloorCap
from oracles.attacks.freeze import Freeze
from oracles.attacks.lag import Lag
from oracles.attacks.outlier import Outlier
from oracles.attacks.wrong_decimals import WrongDecimals

ATTACKS = {
    "bias": Bias,
    "freeze": Freeze,
    "lag": Lag,
    "outlier": Outlier,
    "wrong_decimals": WrongDecimals,
    "floor_cap": FloorCap,
    "drop_out": DropOut,
    "capture": Capture,
}
"""Every attack that a shock can name."""
