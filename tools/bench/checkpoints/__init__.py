"""Real checkpoints, one after the other in one repository: casreg beside other tools."""
