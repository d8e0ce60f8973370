"""Whether the loans of a scenario can be what they are to be."""

from scenarios.checks.names import Found, Names
from scenarios.network import Loan
from scenarios.problems import Path, Problem, unknown
from scenarios.schema import Scenario
from scenarios.venues import USD


def network_checks(scenario: Scenario, names: Names) -> Found:
    """Check who lends to whom, what is posted, and that there is somebody to clear."""
    network = scenario.network
    if network.kind == "none" and network.loans:
        text = "`none` takes no loans; say bilateral, or leave the loans out"
        yield Problem(("network", "kind"), text, (("network", "loans"),))
    exchanges = [name for name, venue in scenario.venues.items() if venue.kind == "exchange"]
    if network.kind == "clearing_house" and not exchanges:
        yield Problem(("network", "kind"), "`clearing_house` needs an exchange to clear")
    if network.algorithm.kind == "fire_sale":
        text = (
            "`fire_sale` stands in for a market where there is none; in a run forced sales go to "
            "the market itself: say eisenberg_noe, which it clears by"
        )
        yield Problem(("network", "algorithm"), text)
    for number, loan in enumerate(network.loans):
        yield from _loan(names, ("network", "loans", number), loan)
    yield from _pledged(scenario)


def _loan(names: Names, path: Path, loan: Loan) -> Found:
    """Check one loan by itself."""
    known = (*names.institutions, *names.venues)
    for key, name in (("lender", loan.lender), ("borrower", loan.borrower)):
        if name not in known:
            yield Problem((*path, key), unknown("institution or venue", name, known))
    if loan.lender == loan.borrower:
        yield Problem((*path, "borrower"), f"`{loan.borrower}` cannot lend to itself")
    if loan.kind == "secured" and not loan.collateral:
        yield Problem((*path, "collateral"), "is missing: a secured loan has collateral")
    if loan.kind == "unsecured":
        for key, given in (("collateral", loan.collateral), ("cover", loan.cover)):
            if given:
                yield Problem((*path, key), "is for a secured loan", ((*path, "kind"),))
    for asset in loan.collateral:
        if asset not in names.assets:
            yield Problem((*path, "collateral", asset), unknown("asset", asset, names.assets))


def _pledged(scenario: Scenario) -> Found:
    """Check that everybody has what it posts, in the order in which it is posted."""
    purse: dict[tuple[str, str], float] = {}
    for name, institution in scenario.institutions.items():
        purse[name, USD] = institution.cash_usd / (len(institution.places()) + 1)
        for asset, units in institution.holdings.items():
            purse[name, asset] = purse.get((name, asset), 0.0) + units
    for number, loan in enumerate(scenario.network.loans):
        for asset, units in loan.collateral.items():
            have = purse.get((loan.borrower, asset), 0.0)
            if units > have * (1 + 1e-9):
                path: Path = ("network", "loans", number, "collateral", asset)
                text = (
                    f"{units:g} are more than the {have:g} that `{loan.borrower}` has in its "
                    "wallet by then; must be <= that, or give it more holdings"
                )
                yield Problem(path, text, (("institutions", loan.borrower),))
            purse[loan.borrower, asset] = have - units
            there = purse.get((loan.lender, asset), 0.0)
            purse[loan.lender, asset] = there + units
