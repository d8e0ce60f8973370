"""What is let loose on which market: scenario files, their checks, and the shocks."""
