"""What is measured of a margin path: how far it swings, what it covers, what it warned of."""
