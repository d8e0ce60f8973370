"""The market as a machine: it knows no agent, oracle or scenario by name."""
