"""Moments of time as text, in UTC and whole seconds."""

from datetime import UTC, datetime


def read_moment(text: str, *, assume_utc: bool = False) -> int:
    """Return the seconds since 1970 that an ISO 8601 text stands for.

    Parameters
    ----------
    text : as 2020-03-11T10:00:00Z; a date alone is its first second.
    assume_utc : whether a text without a time zone is taken for UTC.

    Raises
    ------
    ValueError
        Saying what is wrong and what would be right: not a time, a time without zone, or one
        with an offset from UTC.

    Examples
    --------
    >>> read_moment("1970-01-02T00:00:00Z")
    86400
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        message = f"{text!r} is not a time; write it as 2020-03-11T10:00:00Z"
        raise ValueError(message) from None
    if moment.tzinfo is None:
        if not assume_utc:
            message = f"{text!r} has no time zone; if it is UTC, write Z or +00:00 after the time"
            raise ValueError(message)
        moment = moment.replace(tzinfo=UTC)
    if moment.utcoffset():
        right = say_moment(int(moment.timestamp()))
        message = f"{text!r} is not in UTC; write it as {right}"
        raise ValueError(message)
    if moment.microsecond:
        message = f"{text!r} is not a whole second"
        raise ValueError(message)
    return int(moment.timestamp())


def say_moment(seconds: int) -> str:
    """Return seconds since 1970 as ISO 8601 text in UTC.

    Examples
    --------
    >>> say_moment(86400)
    '1970-01-02T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
