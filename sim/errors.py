"""Mistakes a user can make, told in one message that lists all of them."""


class UserError(Exception):
    """A mistake in what the user asked for; the command line prints it and exits with 2."""


class ConfigError(UserError):
    """Impossible or unknown parameters.

    Parameters
    ----------
    problems : every problem found, one sentence each, not the first alone.
    """

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class DataError(ConfigError):
    """A data file that cannot be used as it is."""


def check(*rules: tuple[bool, str]) -> None:
    """Refuse values that make no sense.

    Parameters
    ----------
    rules : pairs of (what must hold, what to say where it does not).

    Raises
    ------
    ConfigError
        Naming every rule that does not hold.

    Examples
    --------
    >>> check((1 > 0, "one must be positive"))
    """
    problems = [message for holds, message in rules if not holds]
    if problems:
        raise ConfigError(*problems)
