"""The rules of the audit: sql/quality/rules.yml, validated and turned into one SELECT."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pipelines.code_version import code_version
from pipelines.contracts import columns, contracts
from pipelines.errors import RoofhouseError
from pipelines.settings import SQL_DIR, read_yaml
from pipelines.transform import sql_files
from pipelines.transform.table import Frame, Select, Table
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote

RULES = SQL_DIR / "quality" / "rules.yml"

#: Tables whose columns a rule may use, one row per current case each.
INPUTS = ("case_input", "case_metric", "case_context", "case_trust")

#: The tables of findings, with the basis of the metrics that the rules judge.
FINDINGS = {"finding": "claimed", "reference_finding": "reference"}


class Rule(BaseModel):
    """One entry of the rules file; the head of the file explains the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    check: str
    category: Literal["physics", "consistency", "specification", "evidence", "support"]
    severity: Literal["error", "warn", "info"]
    title: str
    why: str
    breaks: str
    message: str
    observed: str = "null"
    limit: str = "null"
    threshold: float | None = None


def tables() -> Iterable[Table]:
    """Yield the tables of the rules and of their findings."""
    files = (RULES,)
    yield Table(
        "rule", "quality", files, Frame(lambda _: frame(), code_version("transform")), "yaml"
    )
    loaded = load()
    find_wrong(loaded, sql_files.parse)
    for name, basis in FINDINGS.items():
        yield Table(name, "quality", files, Select(select(loaded, basis), _explain), "yaml")


def _explain(db: Warehouse) -> None:
    """Raise RoofhouseError naming the rule that the database cannot bind."""
    find_wrong(load(), lambda text: db.execute(f"explain {text}"))


def load(path: Path = RULES) -> list[Rule]:
    """Return the rules in the order of the file. Raises RoofhouseError naming a wrong entry."""
    loaded = read_yaml(path)
    try:
        rules = TypeAdapter(list[Rule]).validate_python(loaded)
    except ValidationError as error:
        first = error.errors()[0]
        entry, *field = first["loc"] or ("the file",)
        name = loaded[entry].get("id", entry) if isinstance(entry, int) else entry
        raise RoofhouseError(
            f"{path}: rule {name}: {'.'.join(map(str, field))}: {first['msg']}"
        ) from None
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RoofhouseError(f"{path}: rule {rule.id}: the id is there twice")
        seen.add(rule.id)
    return rules


def frame() -> pl.DataFrame:
    """The rules as rows of quality.rule."""
    names = ("rule_id", "category", "severity", "title", "why", "breaks", "threshold")
    return pl.DataFrame(
        [
            (
                rule.id,
                rule.category,
                rule.severity,
                rule.title,
                rule.why,
                rule.breaks,
                rule.threshold,
            )
            for rule in sorted(load(), key=lambda rule: rule.id)
        ],
        schema=dict.fromkeys(names[:-1], pl.String) | {names[-1]: pl.Float64},
        orient="row",
    )


def select(rules: list[Rule], basis: str = "claimed") -> str:
    """Return the SELECT that fills a table of findings in one pass over the cases."""
    numbered = list(enumerate(rules))
    judged = ",\n".join(
        f"(\n{_with_threshold(rule, rule.breaks)}\n) as breaks_{n}, "
        f"case when breaks_{n} then cast((\n{_with_threshold(rule, rule.observed)}\n) "
        f"as double) end as observed_{n}, "
        f"case when breaks_{n} then cast((\n{_with_threshold(rule, rule.limit)}\n) "
        f"as double) end as limit_{n}"
        for n, rule in numbered
    )
    ids = ", ".join(f"case when breaks_{n} then {quote(rule.id)} end" for n, rule in numbered)
    severities = ", ".join(quote(rule.severity) for rule in rules)
    categories = ", ".join(quote(rule.category) for rule in rules)
    messages = ",\n".join(
        f"case when breaks_{n} then {_message(rule, n)} end" for n, rule in numbered
    )
    return f"""
    with claim as (
        select
            i.*,
            m.* exclude (
                case_id,
                revision,
                basis,
                is_current,
                context_tokens_mean,
                kv_bytes_per_token
            ),
            x.* exclude (case_id),
            t.* exclude (case_id)
        from metrics.case_input as i
        inner join metrics.case_metric as m
            on i.case_id = m.case_id and i.revision = m.revision and i.basis = m.basis
        inner join metrics.case_context as x on i.case_id = x.case_id
        left join metrics.case_trust as t on i.case_id = t.case_id
        where i.is_current and i.basis = {quote(basis)}
    ),
    judged as (select *, {judged} from claim),
    answer as (
        select
            case_id,
            unnest([{ids}]) as rule_id,
            unnest([{categories}]) as category,
            unnest([{severities}]) as severity,
            unnest([{", ".join(f"observed_{n}" for n, _ in numbered)}]) as observed,
            unnest([{", ".join(f"limit_{n}" for n, _ in numbered)}]) as limit_value,
            unnest([{messages}]) as message
        from judged
    )
    select
        case_id,
        rule_id,
        category,
        severity,
        observed,
        limit_value,
        abs(observed - limit_value) / nullif(abs(limit_value), 0) as margin,
        message
    from answer
    where rule_id is not null
    order by case_id, rule_id
    """


def find_wrong(rules: list[Rule], bind: Callable[[str], object]) -> None:
    """Raise RoofhouseError for the first rule whose SELECT `bind` cannot bind."""
    for rule in rules:
        try:
            bind(select([rule]))
        except Exception as error:
            raise RoofhouseError(
                f"{RULES}: rule {rule.id}: {str(error).strip().splitlines()[0]}"
            ) from None


def _with_threshold(rule: Rule, expression: str) -> str:
    """Return a rule's expression with its threshold filled in."""
    threshold = "null" if rule.threshold is None else repr(rule.threshold)
    return re.sub(r"\bthreshold\b", f"cast({threshold} as double)", expression)


def _message(rule: Rule, number: int) -> str:
    """Return a message template as a SQL concat of its words and values."""
    own = {
        "observed": f"observed_{number}",
        "limit": f"limit_{number}",
        "threshold": _with_threshold(rule, "threshold"),
    }
    kinds = {column.name: column.kind for name in INPUTS for column in columns(contracts()[name])}
    kinds |= dict.fromkeys(own, "number")
    parts = []
    for position, part in enumerate(re.split(r"\{(\w+)\}", rule.message)):
        if position % 2 == 0:
            parts.append(quote(part))
        elif part not in kinds:
            raise RoofhouseError(f"{RULES}: rule {rule.id}: no column {part} for its message")
        else:
            name = own.get(part, part)
            parts.append(f"format_number({name})" if kinds[part] == "number" else name)
    return f"concat({', '.join(parts)})"
