"""The servers of a report: engines, their cards, and the power that was measured of them.

Version 0.1 has parallel lists of hosts, accelerators and engines. Later ones have a list of
components, of which only those of the kind `inference_engine` serve; a `generic` one is a
router or the like.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.ingest.readers.frame import Fields

PARALLEL = ("tp", "pp", "dp", "ep")


@dataclass(frozen=True)
class Engine:
    """A group of equal servers. `arguments` are those of its command line, as reported."""

    role: str | None
    """`prefill`, `decode`, or `replica` for both."""
    hardware: str | None
    cards: int | None
    """Of all replicas."""
    replicas: int | None
    parallel: dict[str, int | None]
    tool: str | None
    version: str | None
    model: str | None
    arguments: Fields


@dataclass(frozen=True)
class Stack:
    """All engines, a quantization said beside them, and mean watts of so many cards."""

    engines: list[Engine]
    quantization: str | None = None
    power: list[tuple[int | None, float]] = field(default_factory=list)


def stack_of_0_1(fields: Fields) -> Stack:
    """Return the servers of a report of version 0.1, whose lists correspond 1:1."""
    roles = fields.get("scenario", "host", "type")
    roles = roles if isinstance(roles, list) else []
    accelerators = fields.elements("scenario", "host", "accelerator")
    platforms = fields.elements("scenario", "platform", "engine")
    resources = fields.elements("metrics", "resources", "accelerator")
    model = fields.text("scenario", "model", "name")
    engines = []
    for at in range(max(len(accelerators), len(platforms))):
        has_cards = at < len(accelerators)
        accelerator = accelerators[at] if has_cards else Fields(None)
        platform = platforms[at] if at < len(platforms) else Fields(None)
        role = roles[at] if has_cards and len(roles) == len(accelerators) else None
        engines.append(
            Engine(
                role=role if isinstance(role, str) else None,
                hardware=accelerator.text("model"),
                cards=accelerator.limit("count") if has_cards else 0,
                replicas=1,
                parallel=_parallel(accelerator),
                tool=platform.text("name"),
                version=platform.text("version"),
                model=model,
                arguments=_arguments(platform),
            )
        )
    measured = [_watts(one, "power") for one in resources]
    power = [
        (engine.cards, watts)
        for engine, watts in zip(engines, measured, strict=False)
        if len(accelerators) == len(resources) and watts is not None
    ]
    return Stack(engines, fields.text("scenario", "model", "quantization"), power)


def stack_of_0_2(fields: Fields) -> Stack:
    """Return the servers of a report of version 0.2 or 0.2.1."""
    engines = []
    counts: dict[str | None, tuple[int | None, int | None]] = {}
    for component in fields.elements("scenario", "stack"):
        standardized = component.part("standardized")
        label = component.text("metadata", "label")
        if standardized.text("kind") != "inference_engine":
            continue
        accelerator = standardized.part("accelerator")
        count, replicas = accelerator.limit("count"), standardized.limit("replicas")
        cards = count * replicas if count and replicas else None
        counts[label] = (count, cards)
        engines.append(
            Engine(
                role=standardized.text("role"),
                hardware=accelerator.text("model"),
                cards=cards,
                replicas=replicas,
                parallel=_parallel(accelerator),
                tool=standardized.text("tool"),
                version=standardized.text("tool_version"),
                model=standardized.text("model", "name"),
                arguments=_arguments(component.part("native")),
            )
        )
    power = []
    for observed in fields.elements("results", "observability", "components"):
        watts = _watts(observed.part("aggregate"), "power_consumption")
        count, cards = counts.get(observed.text("component_label"), (None, None))
        is_one_replica = observed.has("replica_id")
        if watts is not None:
            power.append((count if is_one_replica else cards, watts))
    return Stack(engines, power=power)


def _parallel(accelerator: Fields) -> dict[str, int | None]:
    return {name: accelerator.limit("parallelism", name) for name in PARALLEL}


def _arguments(fields: Fields) -> Fields:
    """Return the arguments of a command line; what they may be is no schema's."""
    fields.set_aside("args")
    return fields.part("args")


def _watts(fields: Fields, name: str) -> float | None:
    """Return the mean of a statistic in watts."""
    fields.set_aside(name)
    power = fields.part(name)
    return power.rate("mean") if power.text("units") == "Watts" else None
