-- One row per hardware version and attribute that the feed names, with the
-- evidence behind it. A reference to missing evidence is kept; its tier is
-- NULL.
with spec as (
    select
        content_key,
        hardware_id,
        attribute,
        source_path,
        value,
        unit,
        evidence_id
    from staging.fact_hardware_spec
    qualify
        row_number() over (
            partition by content_key, attribute order by snapshot_order
        ) = 1
),

evidence as (
    select distinct
        bridge.hardware_key,
        bridge.evidence_id,
        bridge.evidence_key,
        dim.tier
    from main.bridge_hardware_evidence as bridge
    inner join main.dim_evidence as dim
        on bridge.evidence_key = dim.evidence_key
)

select
    version.version_key as hardware_key,
    spec.hardware_id,
    spec.attribute,
    spec.source_path,
    spec.value,
    spec.unit,
    spec.evidence_id,
    evidence.evidence_key,
    evidence.tier
from main.dimension_version as version
inner join spec on version.content_key = spec.content_key
left join evidence
    on
        version.version_key = evidence.hardware_key
        and spec.evidence_id = evidence.evidence_id
where version.dimension = 'hardware'
order by
    spec.hardware_id,
    version.source_id,
    version.from_snapshot_order,
    version.version_key,
    spec.attribute
