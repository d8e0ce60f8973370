"""Names of the array types that travel through the program."""

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]
type Codes = NDArray[np.int8]
type Bools = NDArray[np.bool_]

NONE = -1
"""Stands for "no event", "no account", "no order" in integer columns."""
