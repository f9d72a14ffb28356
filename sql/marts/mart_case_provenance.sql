-- One row per case, including retired ones: who submitted it, where it is
-- published, its evidence, and when it came and went. Each address and citation
-- is listed once, in the order of the feed.
with evidence as (
    select
        bridge.case_id,
        bridge.ordinal,
        nullif(trim(dim.url), '') as url,
        nullif(trim(dim.raw_data_url), '') as raw_data_url,
        nullif(trim(dim.citation), '') as citation
    from main.bridge_case_evidence as bridge
    inner join main.dim_evidence as dim
        on bridge.evidence_key = dim.evidence_key
),

told as (
    select
        case_id,
        'url' as kind,
        url as value,
        min(ordinal) as ordinal
    from evidence
    where url is not null
    group by case_id, url
    union all
    select
        case_id,
        'raw' as kind,
        raw_data_url as value,
        min(ordinal) as ordinal
    from evidence
    where raw_data_url is not null
    group by case_id, raw_data_url
    union all
    select
        case_id,
        'citation' as kind,
        citation as value,
        min(ordinal) as ordinal
    from evidence
    where citation is not null
    group by case_id, citation
),

listed as (
    select
        case_id,
        list(value order by ordinal, value) filter (where kind = 'url')
            as evidence_urls,
        list(value order by ordinal, value) filter (where kind = 'raw')
            as raw_data_urls,
        list(value order by ordinal, value) filter (where kind = 'citation')
            as evidence_citations
    from told
    group by case_id
)

select
    fact.case_id,
    fact.source_id,
    fact.title,
    fact.submitter_affiliation,
    fact.submitter_github,
    fact.source_format,
    fact.tool_version,
    fact.source_file,
    fact.record_index,
    coalesce(listed.evidence_urls, []) as evidence_urls,
    coalesce(listed.raw_data_urls, []) as raw_data_urls,
    coalesce(listed.evidence_citations, []) as evidence_citations,
    reference.hardware_name as catalog_hardware_name,
    fact.first_seen_at,
    fact.last_seen_at,
    fact.is_retired
from main.fact_case as fact
left join listed on fact.case_id = listed.case_id
left join main.reference_hardware as reference
    on fact.hardware_id = reference.hardware_id
order by fact.case_id
