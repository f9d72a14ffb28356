"""Metrics: what follows by formula, for each case and revision."""
