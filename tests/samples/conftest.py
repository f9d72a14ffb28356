"""What reads files that are not part of the project is left out where they are not there."""

from __future__ import annotations

from tests.ingest.readers.reading import SAMPLES

collect_ignore = [] if SAMPLES else ["test_samples_audit.py"]
