"""The answers of the server for agents: a function per tool, which returns plain values.

Each call opens the published file again, so that it reads the newest publication. An answer is
limited in rows, length and time; `note` says what is cut off.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.ask import rows
from pipelines.errors import RoofhouseError
from pipelines.metadata import published_tables
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, published

#: Rows of an answer: the default and the maximum.
ROWS, MOST_ROWS = 100, 1_000
#: Characters of an answer; more would fill an agent's context.
MOST_CHARACTERS = 200_000
QUERY_TIMEOUT_S = 30.0
#: Bytes of a file or document that is audited.
MOST_BYTES = 20_000_000

Answer = dict[str, Any]

#: DuckDB locks the configuration of a file, not of a connection, so two connections cannot set it
#: at the same time.
_turn = threading.Lock()


def tables(settings: Settings) -> Answer:
    """Return the build and its tables."""
    with _opened(settings) as db:
        ((build_id, published_at),) = db.rows("select build_id, published_at from quality.build")
        found = [asdict(one) for one in published_tables.tables(db)]
    return {"build_id": build_id, "published_at": rows.plain(published_at), "tables": found}


def columns(settings: Settings, table: str) -> Answer:
    """Return a table with its columns. Raises RoofhouseError for an unknown one."""
    with _opened(settings) as db:
        found = published_tables.table(db, table)
        return asdict(found) | {
            "columns": [asdict(one) for one in published_tables.columns_of(db, found)]
        }


def query(settings: Settings, sql: str, max_rows: int = ROWS) -> Answer:
    """Return the rows of a query. Raises RoofhouseError, in one line, if DuckDB refuses it."""
    if not 1 <= max_rows <= MOST_ROWS:
        raise RoofhouseError(f"max_rows is {max_rows}; it must be from 1 to {MOST_ROWS:,}")
    return _asked(settings, sql, None, max_rows)


def ask(settings: Settings, macro: str, *given: object, **named: object) -> Answer:
    """Return the rows of a question: a table macro of the published file with its arguments."""
    places = ["?"] * len(given) + [f"{name} := ?" for name in named]
    sql = f"from {macro}({', '.join(places)})"
    return _asked(settings, sql, [*given, *named.values()], MOST_ROWS)


def _asked(
    settings: Settings, sql: str, parameters: Sequence[object] | None, max_rows: int
) -> Answer:
    with _opened(settings) as db:
        timer = threading.Timer(QUERY_TIMEOUT_S, db.con.interrupt)
        timer.start()
        try:
            found = rows.frame(db.con, sql, parameters, limit=max_rows + 1)
        except duckdb.InterruptException:
            raise RoofhouseError(
                f"the query takes more than {QUERY_TIMEOUT_S:g} s; ask for less"
            ) from None
        except duckdb.OutOfMemoryException:
            raise RoofhouseError(
                f"the query needs more than memory_limit ({settings.memory_limit}); ask for less"
            ) from None
        except duckdb.Error as error:
            raise RoofhouseError(_line(error)) from None
        except (TypeError, pl.exceptions.PolarsError) as error:
            raise RoofhouseError(f"not a query that returns rows: {_line(error)}") from None
        finally:
            timer.cancel()
    return _cut("rows", [rows.plain(row) for row in found.to_dicts()], max_rows)


def check(settings: Settings, path: str | None = None, content: Any = None) -> Answer:
    """Return the audit of a file or of a document.

    Raises RoofhouseError if both or neither are given, and for one that is too long or cannot be
    read.
    """
    if (path is None) == (content is None):
        raise RoofhouseError("give either path or content")
    if path is not None:
        file = Path(path).expanduser()
        if not file.is_file():
            raise RoofhouseError(f"{file}: no such file")
        return _audited(settings, file)
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    with tempfile.TemporaryDirectory(prefix="roofhouse-check-") as folder:
        file = Path(folder) / "content"
        file.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            return _audited(settings, file)
        except RoofhouseError as error:
            raise RoofhouseError(str(error).replace(str(file), "content")) from None


def _audited(settings: Settings, file: Path) -> Answer:
    from pipelines.transform.audit import audit

    if file.stat().st_size > MOST_BYTES:
        raise RoofhouseError(
            f"{file}: has more than {MOST_BYTES:,} bytes; `roofhouse check` reads longer ones"
        )
    report = audit(file, settings, max_bytes=MOST_BYTES)
    found = _cut("cases", [rows.plain(one.as_dict()) for one in report.cases], MOST_ROWS)
    return found | {"rejects": [asdict(one) for one in report.rejects[:MOST_ROWS]]}


def _cut(name: str, found: Sequence[Any], most: int) -> Answer:
    """Return as many rows as fit into an answer, with a note if some are left out.

    Raises RoofhouseError if the first row does not fit.
    """
    kept, characters = [], 0
    for row in found[:most]:
        characters += len(json.dumps(row, ensure_ascii=False))
        if characters > MOST_CHARACTERS:
            break
        kept.append(row)
    if found and not kept:
        raise RoofhouseError(
            f"the first of the {name} has more than {MOST_CHARACTERS:,} characters; ask for less"
        )
    answer: Answer = {name: kept, "count": len(kept)}
    if len(kept) < len(found):
        answer["note"] = f"cut off after {len(kept):,} {name}; there are more"
    return answer


@contextmanager
def _opened(settings: Settings) -> Iterator[Warehouse]:
    """Open the published file: read-only, locked, within the memory limit, one call at a time."""
    with (
        _turn,
        published(settings, files=False, memory_limit=settings.memory_limit) as warehouse,
    ):
        yield warehouse


def _line(error: Exception) -> str:
    """Return the first line of an error, without the copy of the query that DuckDB adds."""
    return " ".join(str(error).partition("\n\nLINE ")[0].split())
