"""Long runs of what CI runs briefly."""
