"""How fast it is: each module prints one table when it is run."""
