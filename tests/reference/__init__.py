"""Metrics, rules, verdicts and estimates a second time, for tests: exact, in plain Python.

Everything here is written from the text of the definitions and shares nothing with `sql/`, so
that a mistake in one shows as a difference from the other. Speed does not matter here;
reading like the definitions does.

- `quantity`: exact numbers that may be NULL, and their arithmetic
- `assumptions`: the constants, thresholds and prices that are configuration
- `features`: what a startup command and notes say of speculation, prefix caching and KV cache
- `case`: the symbols of the definitions for one item of a feed
- `roofline`: parameters read, step times and rooflines of b sequences
- `metrics`: every published column of a case
- `rules`: one function per rule
- `verdicts`: plausibility and evidence tier
- `estimates`: the prior, its residuals and how they are pooled
- `compare`: all of this for a feed, and the differences of another implementation

Inputs for comparisons:

- `phrases`: commands and notes, with what they say
- `edges`: for every rule, a run just beyond its limit and one just at it
- `strategies`: feed items at random, over the whole range of the definitions
- `items`: changed copies of shipped items, and paths into them
"""
