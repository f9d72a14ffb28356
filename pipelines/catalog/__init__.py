"""Hardware, models, engines, quantizations and workloads: facts with sources, and their names.

Here belongs what is known of a card or a model independent of any benchmark: `entries` says
what data/catalog/*.yml may hold, `files` reads and validates them, `names` resolves a name as
a tool writes it, `entity` writes an entry in the shape of the feed, `dimensions` counts
parameters, `model_config` reads a Hugging Face config.json, and `catalog` puts these together.
Reading benchmark files does not belong here, nor does any judgement of their results.

Read `catalog` next, then docs/catalog.md on how to add an entry.
"""

from pipelines.catalog.catalog import Catalog
from pipelines.catalog.dimensions import UncountableModel, count_parameters
from pipelines.catalog.entity import EntityKind
from pipelines.catalog.entries import Kind
from pipelines.catalog.files import load
from pipelines.catalog.model_config import model_from_config
from pipelines.catalog.names import UnresolvedName, fold
from pipelines.catalog.search import Match

__all__ = [
    "Catalog",
    "EntityKind",
    "Kind",
    "Match",
    "UncountableModel",
    "UnresolvedName",
    "count_parameters",
    "fold",
    "load",
    "model_from_config",
]
