"""Controls of the audit: runs that are plausible by construction, and ways to corrupt them.

An honest run raises no error and no warning, whoever judges it. A corruption is a mistake that
publishers make; `scorecard` counts how many of them a judge notices. The judge is a parameter,
so that two implementations of the rules can be asked about the same feed.

- `stacks`: cards, models, quantizations and engines
- `run`: a serving run, simulated
- `honest`: the setups that are run, as feed items
- `corruptions`: the mistakes
- `scorecard`: which of them are noticed
"""

from __future__ import annotations

from tests.controls.corruptions import CORRUPTIONS, Corruption, corrupted
from tests.controls.honest import clean
from tests.controls.scorecard import Found, Scorecard, feed_items, page, score

__all__ = [
    "CORRUPTIONS",
    "Corruption",
    "Found",
    "Scorecard",
    "clean",
    "corrupted",
    "feed_items",
    "page",
    "score",
]
