-- One row per current case: how its evidence declares itself, and which
-- measurements do not qualify under the trust policy.
with attestation as (
    -- A pattern that is not constant is compiled for each row, so only
    -- distinct texts are searched.
    select
        said.contributor_attestation,
        regexp_matches(
            said.contributor_attestation,
            (
                select any_value(policy.value)
                from main.trust_policy as policy
                where policy.policy = 'disqualifying_attestation'
            ),
            'i'
        ) as is_disqualified
    from (
        select distinct evidence.contributor_attestation
        from main.dim_evidence as evidence
        where
            evidence.owner_type = 'case'
            and evidence.tier = 'measured'
            and evidence.contributor_attestation is not null
    ) as said
),

item as (
    select
        bridge.case_id,
        bridge.ordinal,
        evidence.evidence_id,
        evidence.tier,
        evidence.source_type,
        coalesce(tier.rank, 99) as tier_rank,
        evidence.tier = 'measured'
        and qualifying.value is null as is_source_disqualified,
        evidence.tier = 'measured'
        and coalesce(attestation.is_disqualified, false)
            as is_attestation_disqualified,
        trim(concat(evidence.url, evidence.citation)) <> '' as names_source
    from main.bridge_case_evidence as bridge
    inner join main.dim_evidence as evidence
        on bridge.evidence_key = evidence.evidence_key
    left join main.trust_policy as tier
        on tier.policy = 'tier' and evidence.tier = tier.value
    left join main.trust_policy as qualifying
        on
            qualifying.policy = 'measured_source_type'
            and evidence.source_type = qualifying.value
    left join attestation
        on
            evidence.contributor_attestation
            = attestation.contributor_attestation
)

select
    case_id,
    cast(count(*) as bigint) as evidence_item_count,
    arg_min(tier, tier_rank * 1000000 + ordinal) as declared_tier,
    cast(count(*) filter (where tier = 'measured') as bigint)
        as measured_item_count,
    cast(
        count(*) filter (
            where is_source_disqualified or is_attestation_disqualified
        ) as bigint
    ) as overstated_item_count,
    cast(
        count(*) filter (
            where
            tier = 'measured'
            and not is_source_disqualified
            and not is_attestation_disqualified
            and names_source
        ) as bigint
    ) as traceable_item_count,
    string_agg(
        case
            when is_source_disqualified and is_attestation_disqualified
                then
                    concat(
                        evidence_id,
                        ' is a ',
                        source_type,
                        ' and its attestation says it was not measured'
                    )
            when is_source_disqualified
                then concat(evidence_id, ' is a ', source_type)
            when is_attestation_disqualified
                then
                    concat(
                        'the attestation of ',
                        evidence_id,
                        ' says it was not measured'
                    )
        end,
        '; '
        order by ordinal
    ) as overstated_reason
from item
group by case_id
order by case_id
