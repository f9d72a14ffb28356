"""Leave out what reads files that are not part of the project, where they are not there."""

from __future__ import annotations

from tests.ingest.readers.reading import SAMPLES

collect_ignore = [] if SAMPLES else ["test_samples.py"]
