"""Views over the staged folders, so that SQL files read `staging.fact_case`.

`snapshots` puts the files of all sources in order and says which may be published; `guard` holds
back a snapshot that takes too much away, unless it is in `accepted`; `counts` compares rows with
records; `source_frames` has the tables on sources. This module has the views and the ids of the
cases in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from pipelines.errors import RoofhouseError
from pipelines.ingest.load import guard
from pipelines.ingest.load.counts import need_every_record
from pipelines.ingest.load.guard import Held, hold_back
from pipelines.ingest.load.snapshots import (
    OF_FILE,
    SCHEMA,
    Staged,
    over_limit,
    snapshots,
    untimed,
)
from pipelines.ingest.load.source_frames import skipped, sources, withdrawn
from pipelines.ingest.load.staged_files import staged_files
from pipelines.ingest.sources import FLAT, Source
from pipelines.warehouse import Warehouse

__all__ = ["Held", "Staged", "hold_back", "load", "over_limit", "snapshots", "untimed"]


def load(
    warehouse: Warehouse,
    staged: list[Staged],
    max_reject_share: float,
    known: Iterable[Source] = (FLAT,),
    problems: Mapping[str, str] | None = None,
    held: list[Held] | None = None,
) -> pl.DataFrame:
    """Create `staging.snapshot`, `staging.source`, `staging.held` and a view per staged table.

    Returns the snapshots. In the views, `case_id` is unique in the warehouse. Raises
    RoofhouseError for an id that two sources have, and for a file that lacks a record.
    """
    frame = snapshots(staged, max_reject_share)
    need_every_record(warehouse, staged, frame)
    known = list(known)
    warehouse.replace_frame("staging.source", sources(known, staged, problems or {}))
    warehouse.replace_frame("staging.withdrawn", withdrawn(known))
    warehouse.replace_frame("staging.held", guard.frame(held or []))
    warehouse.replace_frame("staging.snapshot", frame.select(list(SCHEMA)))
    warehouse.replace_frame("staging.file", frame.select(OF_FILE))
    used = set(frame["file_key"])
    folders = sorted({one.folder for one in staged if one.key in used})
    warehouse.replace_frame("staging.skipped", skipped(staged, frame))
    _renamed(warehouse, folders)
    for path in sorted(folders[0].glob("*.parquet")):
        with_case = "case_id" in _columns(path)
        case_id = (
            "replace (coalesce(r.case_id, s.id_prefix || t.case_id) as case_id)"
            if with_case
            else ""
        )
        renamed = (
            "left join staging.renamed as r "
            "on t.file_key = r.file_key and t.case_id = r.staged_case_id "
            "where r.is_copy is not true"
            if with_case
            else ""
        )
        left_out = {"file_key", "run_id", "record_sha256"} & _columns(path)
        warehouse.execute(
            f"""
            create or replace view staging.{path.stem} as
            select
                s.snapshot_id, s.snapshot_order, s.generated_at, s.source_id,
                t.* exclude ({", ".join(sorted(left_out))}) {case_id}
            from read_parquet([{staged_files(folders, path.name)}]) as t
            join staging.file as s using (file_key)
            {renamed}
            """
        )
    if frame["source_id"].n_unique() > 1 and not all(one.qualify_ids for one in known):
        _refuse_shared_ids(warehouse)
    return frame


def _refuse_shared_ids(warehouse: Warehouse) -> None:
    """Raise RoofhouseError for a case id that two sources have: one would replace the other."""
    shared = warehouse.rows(
        "select case_id, string_agg(distinct source_id, ' and ' order by source_id) "
        "from staging.fact_case group by case_id having count(distinct source_id) > 1 "
        "order by case_id limit 1"
    )
    for case_id, sources_ in shared:
        raise RoofhouseError(
            f"the case id {case_id} is in the sources {sources_}; "
            "take `qualify_ids: false` out of the SOURCE.yml of one of them"
        )


def _renamed(warehouse: Warehouse, folders: list[Path]) -> None:
    """Create `staging.renamed`: runs of one id in a source that need an id of their own.

    Different records with one id each get 12 hex digits of their hash at its end. Of equal ones
    the first counts, by file name and position, and the others are copies.
    """
    warehouse.execute(
        f"""
        create or replace table staging.renamed as
        with run as (
            select
                t.file_key, t.case_id as staged_case_id, t.run_id, t.record_sha256,
                s.source_id, s.id_prefix,
                row_number() over (
                    partition by s.source_id, t.run_id, t.record_sha256
                    order by s.file_name, t.seq, t.file_key
                ) > 1 as is_copy
            from read_parquet([{staged_files(folders, "fact_case.parquet")}]) as t
            join staging.file as s using (file_key)
            where s.mode = 'append' and t.run_id is not null
        ),
        several as (
            select source_id, run_id, count(distinct record_sha256) > 1 as are_several
            from run group by all having count(*) > 1
        )
        select
            run.file_key,
            run.staged_case_id,
            concat(
                run.id_prefix, run.run_id,
                if(several.are_several, concat('.', left(run.record_sha256, 12)), '')
            ) as case_id,
            run.is_copy
        from run join several using (source_id, run_id)
        """
    )


def _columns(path: Path) -> frozenset[str]:
    return frozenset(pl.scan_parquet(path, glob=False).collect_schema())
