"""Numbers as people write them."""

from collections.abc import Sequence

HALF_A_CENT = 0.005


def usd(value: float, _position: object = None) -> str:
    """Write dollars; what rounds to no cent is nothing.

    Examples
    --------
    >>> usd(1.234e9), usd(0), usd(-45_300), usd(-4e-9)
    ('$1.23 bn', '$0', '-$45.3 k', '$0')
    """
    size = 0.0 if abs(value) < HALF_A_CENT else abs(value)
    sign = "-" if value < 0 < size else ""
    for scale, unit in ((1e12, " tn"), (1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if size >= 0.9995 * scale:
            return f"{sign}${short(size / scale)}{unit}"
    return f"{sign}${short(size)}"


def percent(value: float, _position: object = None) -> str:
    """Write a fraction in per cent.

    Examples
    --------
    >>> percent(0.256), percent(0.0012), percent(-0.03)
    ('25.6 %', '0.12 %', '-3 %')
    """
    return f"{'-' if value < 0 else ''}{short(abs(100 * value))} %"


def price(value: float, _position: object = None) -> str:
    """Write a price in full, with as many decimals as it needs.

    Examples
    --------
    >>> price(59_876.5), price(0.98765)
    ('59,876', '0.9877')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def duration(seconds: float) -> str:
    """Write a span of time in its natural unit.

    Examples
    --------
    >>> duration(41), duration(600), duration(9000), duration(259_200)
    ('41 s', '10 min', '2.5 h', '3 d')
    >>> duration(250)
    '4 min 10 s'
    """
    if 120 <= seconds < 1800 and seconds % 60 >= 1:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    for from_, size, unit in ((172_800, 86_400, "d"), (7200, 3600, "h"), (120, 60, "min")):
        if seconds >= from_:
            return f"{short(seconds / size)} {unit}"
    return f"{short(seconds)} s"


def short(size: float) -> str:
    """Write a number >= 0 with the three digits that matter at most.

    Examples
    --------
    >>> short(1234.5), short(12.34), short(2.0), short(0.00123)
    ('1,234', '12.3', '2', '0.001')
    """
    if size >= 99.95:
        return f"{size:,.0f}"
    if size >= 9.995:
        return f"{size:.1f}".removesuffix(".0")
    if size >= 0.005 or size == 0:
        return f"{size:.2f}".rstrip("0").rstrip(".")
    return f"{size:.1g}"


def listed(names: Sequence[str]) -> str:
    """Write names as a person lists them.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
