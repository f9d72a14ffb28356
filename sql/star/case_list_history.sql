-- One row per revision and list of a case that has several revisions: the
-- content of the list at that revision. The bridges have only the lists of the
-- newest one.
with revised as (
    select
        history.case_id,
        history.revision,
        history.from_snapshot_order
    from main.fact_case_history as history
    where
        history.case_id in (
            select changed.case_id
            from main.fact_case_history as changed
            where changed.revision > 1
        )
),

element as (
    select
        case_id,
        snapshot_order,
        'evidence' as list_name,
        ordinal,
        json_object(
            'evidence_id',
            evidence_id,
            'tier',
            tier,
            'source_type',
            source_type,
            'citation',
            citation,
            'url',
            url,
            'accessed_on',
            accessed_on,
            'contributor_attestation',
            contributor_attestation,
            'raw_data_url',
            raw_data_url
        ) as element
    from staging.bridge_case_evidence
    where case_id in (select revised.case_id from revised)
    union all
    select
        case_id,
        snapshot_order,
        'issues_encountered' as list_name,
        ordinal,
        to_json(issue) as element
    from staging.bridge_case_issue
    where case_id in (select revised.case_id from revised)
    union all
    select
        case_id,
        snapshot_order,
        'patterns' as list_name,
        ordinal,
        to_json(pattern_id) as element
    from staging.bridge_case_pattern
    where case_id in (select revised.case_id from revised)
)

select
    revised.case_id,
    revised.revision,
    element.list_name,
    cast(
        to_json(list(element.element order by element.ordinal)) as varchar
    ) as elements_json
from revised
inner join element
    on
        revised.case_id = element.case_id
        and revised.from_snapshot_order = element.snapshot_order
group by revised.case_id, revised.revision, element.list_name
order by revised.case_id, revised.revision, element.list_name
