"""Settings of the tests of readers.

What reads files that are not part of the project is left out where they are not there. No
property test depends on the time that the machine takes.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.ingest.readers.reading import SAMPLES

collect_ignore = [] if SAMPLES else ["test_samples.py"]
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
