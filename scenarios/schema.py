"""A scenario as a whole: values and names, no code."""

from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from json import dumps
from typing import Annotated, ClassVar, Literal

from pydantic import (
    AwareDatetime,
    Field,
    InstanceOf,
    PlainSerializer,
    field_validator,
    model_validator,
)
from ruamel.yaml import YAML

from oracles import AGGREGATORS
from scenarios.choices import Registry, as_plain
from scenarios.network import Network
from scenarios.people import Crowd, Institution, Pledge
from scenarios.problems import Problem, Problems
from scenarios.sections import Choice, Section, filled
from scenarios.shocks import SHOCKS
from scenarios.shocks.roles import Shock
from scenarios.shocks.timeline import Timed, Trigger
from scenarios.values import Count, Name, NotNegative, Positive
from scenarios.venues import USD, Venue
from sim.clock import Clock
from sim.errors import ConfigError
from sim.outside import OutsideDepth
from sim.price import PATHS

type Channel = Literal[
    "impact", "oracle_error", "margin_update", "behaviour", "rehypothecation", "network"
]
"""The channels of feedback that a run can do without."""

CHANNELS: tuple[Channel, ...] = (
    "impact",
    "oracle_error",
    "margin_update",
    "behaviour",
    "rehypothecation",
    "network",
)
PEGGED = "pegged"


class Price(Choice):
    """A path of the outside price; parameters are those of ``sim.price.PATHS[kind]``."""

    what: ClassVar[str] = "price path"
    registry: ClassVar[Registry] = PATHS

    kind: str


class Asset(Section):
    """Something that has a price outside the venues.

    Parameters
    ----------
    price : its path without anybody in the model; a ``pegged`` one names its ``peg``.
    outside : how far forced flow moves it; keys are those of ``sim.outside.OutsideDepth``.
    """

    price: Price
    outside: Annotated[
        InstanceOf[OutsideDepth], filled(OutsideDepth), PlainSerializer(as_plain)
    ] = OutsideDepth()

    @property
    def peg(self) -> str | None:
        """The asset whose price times a ratio this one's is, ``None`` for its own price."""
        return str(self.price.parameters["peg"]) if self.price.kind == PEGGED else None


class Source(Section):
    """One who reports to a feed.

    Parameters
    ----------
    market : what it reads: ``outside``, or ``<venue>/<instrument>``.
    noise : standard deviation of the log error of a report.
    delay_seconds : age of the price that it reports.
    outage_probability : chance that an outage begins in a step.
    outage_seconds : length of an outage.
    stake : weight.
    """

    market: Name = "outside"
    noise: NotNegative = 0.0
    delay_seconds: NotNegative = 0.0
    outage_probability: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0
    outage_seconds: NotNegative = 0.0
    stake: Positive = 1.0


class Aggregator(Choice):
    """How reports become one answer; parameters are those of ``oracles.AGGREGATORS[kind]``."""

    what: ClassVar[str] = "aggregator"
    registry: ClassVar[Registry] = AGGREGATORS

    kind: str = "median"


class Feed(Section):
    """A price that venues believe.

    Parameters
    ----------
    asset : whose price in USD it publishes.
    sources : its reporters.
    heartbeat_seconds, deviation : it publishes that often, or when it moved by that fraction.
    lag_steps : steps from an answer's making to its being seen.
    quorum : live reports needed for an answer.
    """

    asset: Name
    sources: Annotated[dict[Name, Source], Field(min_length=1)]
    aggregator: Aggregator = Aggregator.model_validate({})
    heartbeat_seconds: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=True)] = 60.0
    deviation: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=True)] = 0.005
    lag_steps: Annotated[int, Field(strict=True, ge=0)] = 0
    quorum: Count = 1


class TimedShock(Choice):
    """A shock and its time; parameters are those of ``scenarios.shocks.SHOCKS[kind]``.

    Parameters
    ----------
    at_hours, at_minutes, at_seconds : when it begins, from the start of the run; one of them.
    at : instead, the time at which it begins, UTC.
    when : instead of a time, what it waits for; keys are those of ``Trigger``.
    hours, minutes : how long it lasts; to the end of the run without.
    """

    what: ClassVar[str] = "shock"
    registry: ClassVar[Registry] = SHOCKS

    kind: str
    at_hours: NotNegative | None = None
    at_minutes: NotNegative | None = None
    at_seconds: NotNegative | None = None
    at: AwareDatetime | None = None
    when: Annotated[InstanceOf[Trigger], filled(Trigger), PlainSerializer(as_plain)] | None = None
    hours: Positive | None = None
    minutes: Positive | None = None

    @model_validator(mode="after")
    def _has_one_time(self) -> "TimedShock":
        """Refuse two times or two durations, and what makes no sense together."""
        times = [self.at_hours, self.at_minutes, self.at_seconds, self.at]
        found = [
            Problem((), f"takes one of {names}, not several")
            for names, values in (
                ("at_hours, at_minutes, at_seconds and at", times),
                ("hours and minutes", [self.hours, self.minutes]),
            )
            if sum(each is not None for each in values) > 1
        ]
        if not found:
            try:
                self.timed(self.at)
            except ConfigError as error:
                found = [Problem((), each) for each in error.problems]
        if found:
            raise Problems(found)
        return self

    def timed(self, start: datetime | None = None) -> Timed:
        """Return the shock itself and its time, in seconds from the ``start`` of the run.

        Raises
        ------
        ValueError
            If it is given ``at`` a time, and no start to count from.
        """
        seconds = _seconds(hours=self.at_hours, minutes=self.at_minutes, rest=self.at_seconds)
        if self.at is not None:
            if start is None:
                raise ValueError(f"{self.kind} is timed by the clock; say when the run starts")
            seconds = (self.at - start).total_seconds()
        return Timed(
            shock=self.shock(),
            at_seconds=seconds,
            when=self.when,
            lasts_seconds=_seconds(hours=self.hours, minutes=self.minutes),
        )

    def shock(self) -> Shock:
        """Return the shock itself."""
        shock: Shock = self.build()
        return shock


def _seconds(
    *, hours: float | None = None, minutes: float | None = None, rest: float | None = None
) -> float | None:
    """Return whichever was given, in seconds."""
    for value, factor in ((hours, 3600.0), (minutes, 60.0), (rest, 1.0)):
        if value is not None:
            return value * factor
    return None


class Scenario(Section):
    """Everything that a run needs to know, its seed apart.

    Sections whose keys are names (assets, feeds, venues, crowd, institutions) keep the
    order of the file, which is the order of indices in a run.

    Parameters
    ----------
    name : the file's, without its ending.
    title, summary, sources : what it is about, what it shows, where its facts are from.
    steps, step_seconds, start : its clock; times are UTC.
    record_every_steps : how often the state is written down.
    without : channels of feedback that are cut.
    """

    name: Name
    title: Name
    summary: str = ""
    sources: tuple[str, ...] = ()
    steps: Count
    step_seconds: Positive = 10.0
    start: AwareDatetime = datetime(2025, 1, 1, tzinfo=UTC)
    record_every_steps: Count = 1
    assets: Annotated[dict[Name, Asset], Field(min_length=1)]
    feeds: dict[Name, Feed] = {}
    venues: Annotated[dict[Name, Venue], Field(min_length=1)]
    crowd: dict[Name, Crowd] = {}
    institutions: dict[Name, Institution] = {}
    pledges: tuple[Pledge, ...] = ()
    network: Network = Network()
    shocks: tuple[TimedShock, ...] = ()
    without: tuple[Channel, ...] = ()

    @field_validator("without")
    @classmethod
    def _in_order(cls, given: tuple[Channel, ...]) -> tuple[Channel, ...]:
        """Let the same cuts always be written alike."""
        return tuple(channel for channel in CHANNELS if channel in given)

    @property
    def clock(self) -> Clock:
        """Steps and the seconds they stand for."""
        return Clock(steps=self.steps, step_seconds=self.step_seconds, start=self.start)

    @property
    def asset_names(self) -> tuple[str, ...]:
        """All assets in the order of their indices, USD first."""
        return (USD, *self.assets)

    @property
    def main_asset(self) -> str:
        """The first asset with a price of its own."""
        return next((name for name, asset in self.assets.items() if asset.peg is None), USD)

    def timed_shocks(self) -> tuple[Timed, ...]:
        """Return the shocks and their times, in the order of the file."""
        return tuple(shock.timed(self.start) for shock in self.shocks)

    def cut(self, *channels: Channel) -> "Scenario":
        """Return the scenario with more channels of feedback cut."""
        return Scenario.model_validate(self.model_dump() | {"without": (*self.without, *channels)})

    def resolved_yaml(self) -> str:
        """Return the scenario as a file, complete with every default.

        Loaded again it gives an equal scenario.
        """
        writer, text = YAML(pure=True), StringIO()
        writer.width = 100
        writer.dump(self.model_dump(), text)
        return text.getvalue()

    def digest(self) -> str:
        """Return a short hash of every value, 12 hexadecimal digits.

        Keys stay in the order of the file, for names get their indices from it.
        """
        text = dumps(self.model_dump(mode="json"), ensure_ascii=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()[:12]
