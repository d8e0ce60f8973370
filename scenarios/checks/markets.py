"""Whether the clock, assets, feeds and venues of a scenario fit together."""

from scenarios.checks.contracts import contract_checks
from scenarios.checks.names import Found, Names
from scenarios.problems import Path, Problem, unknown
from scenarios.schema import Scenario
from scenarios.venues import LOAN, USD, Venue
from sim.price.moments import read_moment

ANCHORED = "anchored"
VAULT = "vault"


def run_checks(scenario: Scenario) -> Found:
    """Check the clock and who is called what."""
    if scenario.record_every_steps > scenario.steps:
        text = f"{scenario.record_every_steps} records nothing; must be <= steps, {scenario.steps}"
        yield Problem(("record_every_steps",), text, (("steps",),))
    for name in scenario.institutions:
        if name in scenario.crowd:
            text = "is the name of a population, too; every name may be used once"
            yield Problem(("institutions", name), text)


def asset_checks(scenario: Scenario, names: Names) -> Found:
    """Check that pegs lead, through assets named before, to one with a price of its own."""
    if USD in scenario.assets:
        yield Problem(("assets", USD), "is always there, at a price of 1; leave it out")
    before = {USD}
    for name, asset in scenario.assets.items():
        path = ("assets", name, "price", "peg")
        if asset.peg is not None and asset.peg not in names.assets:
            yield Problem(path, unknown("asset", asset.peg, names.assets))
        elif asset.peg is not None and _in_a_ring(scenario, name):
            yield Problem(path, "leads back to itself; must end at an asset with its own price")
        elif asset.peg is not None and asset.peg not in before and asset.peg in scenario.assets:
            yield Problem(path, f"`{asset.peg}` must be listed before what is pegged to it")
        before.add(name)
        if asset.price.kind == ANCHORED:
            yield from _same_start(scenario, name)


def _same_start(scenario: Scenario, name: str) -> Found:
    """Check that documented prices begin when the run does."""
    path = scenario.assets[name].price.build()
    begin = path.start or path.points[0][0]
    if read_moment(begin, assume_utc=True) != scenario.start.timestamp():
        text = (
            f"begins at {begin}; must be the start of the run, {scenario.start:%Y-%m-%dT%H:%M:%SZ}"
        )
        yield Problem(("assets", name, "price", "start"), text, (("start",),))


def _in_a_ring(scenario: Scenario, name: str) -> bool:
    """Tell whether an asset is in the end pegged to itself."""
    peg, steps = scenario.assets[name].peg, 0
    while peg in scenario.assets and steps <= len(scenario.assets):
        if peg == name:
            return True
        peg, steps = scenario.assets[peg].peg, steps + 1
    return False


def feed_checks(scenario: Scenario, names: Names) -> Found:
    """Check what feeds are about, what their sources read, and that somebody listens."""
    heard = {feed for venue in scenario.venues.values() for feed in venue.feeds.values()}
    for name, feed in scenario.feeds.items():
        path: Path = ("feeds", name)
        if feed.asset not in names.assets or feed.asset == USD:
            known = [asset for asset in names.assets if asset != USD]
            yield Problem((*path, "asset"), unknown("asset", feed.asset, known))
        n = len(names.feeds[name])
        if feed.quorum > n:
            text = f"{feed.quorum} of {n} sources can never be; use as many or fewer"
            yield Problem((*path, "quorum"), text)
        if name not in heard:
            text = "no venue uses it; name it under a venue's feeds, or leave it out"
            yield Problem(path, text, (("venues",),))
        for source, each in feed.sources.items():
            venue, _, instrument = each.market.partition("/")
            if each.market != "outside" and instrument not in names.venues.get(venue, ()):
                markets = [f"{v}/{i}" for v, inside in names.venues.items() for i in inside]
                text = unknown("market", each.market, ["outside", *markets])
                yield Problem((*path, "sources", source, "market"), text)


def venue_checks(scenario: Scenario, names: Names, name: str, venue: Venue) -> Found:
    """Check assets, feeds and rules of a venue."""
    path: Path = ("venues", name)
    for asset, feed in venue.feeds.items():
        here = (*path, "feeds", asset)
        if asset not in names.assets:
            yield Problem(here, unknown("asset", asset, names.assets))
        if feed not in names.feeds:
            yield Problem(here, unknown("feed", feed, names.feeds))
        elif feed in scenario.feeds and scenario.feeds[feed].asset != asset:
            text = f"feed `{feed}` is about {scenario.feeds[feed].asset}, not {asset}"
            yield Problem(here, text, (("feeds", feed, "asset"),))
    for asset in sorted(venue.assets() - set(venue.feeds)):
        if asset in names.assets:
            text = f"has no feed for {asset}, which it must price; add `{asset}: <feed>`"
            yield Problem((*path, "feeds"), text, ((*path, "instruments"),))
    yield from _traded(names, path, venue)
    yield from contract_checks(scenario, path, venue)
    yield from _backstop(scenario, path, name, venue)
    yield from _lender(path, venue) if venue.kind == "lender" else _exchange(path, venue)


def _traded(names: Names, path: Path, venue: Venue) -> Found:
    """Check that the assets of instruments and collateral exist."""
    for each, instrument in venue.instruments.items():
        here = (*path, "instruments", each)
        for key in ("underlying", "settlement"):
            asset = getattr(instrument, key)
            if asset not in names.assets:
                yield Problem((*here, key), unknown("asset", asset, names.assets))
    for asset in venue.collateral:
        if asset not in names.assets:
            yield Problem((*path, "collateral", asset), unknown("asset", asset, names.assets))


def _backstop(scenario: Scenario, path: Path, name: str, venue: Venue) -> Found:
    """Check that the vault behind a venue is there, and has an account on it."""
    chosen = venue.liquidation.backstop
    if chosen is None:
        return
    here = (*path, "liquidation", "backstop", "vault")
    vaults = {each: one for each, one in scenario.institutions.items() if one.kind == VAULT}
    if chosen.vault not in scenario.institutions:
        yield Problem(here, unknown("vault", chosen.vault, vaults))
    elif chosen.vault not in vaults:
        kind = scenario.institutions[chosen.vault].kind
        text = f"`{chosen.vault}` is of kind `{kind}`; must be of kind `{VAULT}`"
        yield Problem(here, text, (("institutions", chosen.vault, "kind"),))
    elif name not in vaults[chosen.vault].places():
        text = f"`{chosen.vault}` has no account on {name}; add it to the vault's venues"
        yield Problem(here, text, (("institutions", chosen.vault),))


def _lender(path: Path, venue: Venue) -> Found:
    """Check what makes a lender one."""
    rule = venue.liquidation
    if venue.margin is not None:
        text = "a lender has no margin policy; its loans have their liquidation_threshold"
        yield Problem((*path, "margin"), text)
    if not rule.build().by_keepers:
        text = f"a lender leaves liquidation to keepers, which `{rule.rule}` does not; use `bonus`"
        yield Problem((*path, "liquidation", "rule"), text)
    for place, (name, instrument) in enumerate(venue.instruments.items()):
        here = (*path, "instruments", name)
        if instrument.kind != LOAN:
            yield Problem((*here, "kind"), f"a lender has only loans; use `{LOAN}`")
        elif instrument.settlement != USD:
            text = f"debts are reckoned at par, so that loans are of {USD}; leave it out"
            yield Problem((*here, "settlement"), text)
        if place:
            yield Problem(here, "a lender gives one kind of loan; make it a venue of its own")
        for key in ("close_factor", "bonus"):
            ours, theirs = instrument.parameters.get(key), rule.parameters.get(key)
            if theirs is not None and ours not in (None, theirs):
                text = f"{ours} is not what liquidation.{key} says, {theirs}; give it once"
                yield Problem((*here, key), text, ((*path, "liquidation"),))


def _exchange(path: Path, venue: Venue) -> Found:
    """Check what makes an exchange one."""
    rule = venue.liquidation
    if venue.pool_usd:
        yield Problem((*path, "pool_usd"), "only a lender has a pool; leave it out")
    if rule.build().by_keepers:
        text = f"an exchange liquidates itself, and `{rule.rule}` leaves it to keepers; use another"
        yield Problem((*path, "liquidation", "rule"), text)
    for name, instrument in venue.instruments.items():
        here = (*path, "instruments", name)
        if instrument.kind == LOAN:
            yield Problem((*here, "kind"), "an exchange gives no loans; make it a venue of its own")
        elif instrument.settlement not in venue.collateral:
            text = f"{instrument.settlement} is not among the venue's collateral; add it there"
            given = ((*path, "collateral"), (*here, "settlement"))
            yield Problem((*here, "settlement"), text, given)
