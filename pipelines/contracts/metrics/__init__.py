"""Metrics: values computed by formula, for each case and revision."""
