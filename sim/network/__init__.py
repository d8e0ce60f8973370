"""Who owes what to whom: pledged collateral, claims and what fails with a debtor."""
