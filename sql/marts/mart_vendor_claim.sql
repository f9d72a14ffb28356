-- One row per vendor of hardware, kind and quantity: the claims about its
-- hardware, compared with the catalog (specifications) and with measurements on
-- the same hardware with the same work (performance). A claim is a
-- specification of a source that describes hardware itself, or a current case
-- whose evidence is not a measurement, plausible or not. The vendor is the
-- maker of the hardware, not the author of the claim.
with case_figure as (
    select
        m.hardware_vendor,
        m.hardware_id,
        m.model_id,
        weight_precision_of(m.bits_per_weight) as weight_precision,
        m.throughput_scope,
        length_bucket(m.prefill_seq_len) as prompt_length,
        length_bucket(m.decode_seq_len) as output_length,
        floor(log2(m.decode_concurrency)) as load,
        -- Whatever the verdict: an impossible measurement is not a claim.
        coalesce(
            trust.declared_tier = 'measured'
            and trust.overstated_item_count = 0,
            false
        ) as is_measured,
        m.plausibility,
        coalesce(m.reference_plausibility, m.plausibility)
            as reference_plausibility,
        unnest(['any', 'throughput', 'ttft', 'tbt', 'power']) as quantity,
        unnest([
            null,
            positive(m.output_tok_s_per_card),
            positive(m.ttft_p50_ms),
            positive(m.tbt_p50_ms),
            positive(m.power_per_card_w)
        ]) as figure
    from marts.mart_case_metrics as m
    left join metrics.case_trust as trust on m.case_id = trust.case_id
    where
        m.is_decode_workload
        and not is_open_division(m.division)
),

-- A value that is missing on either side gives no pair: NULL equals nothing.
measured as (
    select
        hardware_id,
        model_id,
        weight_precision,
        throughput_scope,
        prompt_length,
        output_length,
        load,
        quantity,
        median_of_sorted(list(figure order by figure)) as figure
    from case_figure
    where is_measured and plausibility = 'plausible' and figure is not null
    group by
        hardware_id,
        model_id,
        weight_precision,
        throughput_scope,
        prompt_length,
        output_length,
        load,
        quantity
),

specification as (
    select
        hardware.hardware_vendor,
        'specification' as kind,
        case
            when spec.attribute like 'peak\_%' escape '\' then 'compute'
            when spec.attribute = 'memory_bandwidth_gb_s'
                then 'memory_bandwidth'
            when spec.attribute = 'memory_capacity_gb' then 'memory_capacity'
            when spec.attribute = 'scale_up_bandwidth_gb_s'
                then 'interconnect'
            when spec.attribute = 'tdp_w' then 'power'
        end as quantity,
        hardware.hardware_id,
        safe_divide(spec.value, figure.reference) as to_reference,
        cast(null as double) as to_measured,
        cast(null as varchar) as plausibility,
        cast(null as varchar) as reference_plausibility
    from main.fact_hardware_spec as spec
    inner join main.dim_hardware as hardware
        on spec.hardware_key = hardware.hardware_key and hardware.is_current
    -- Any other source takes its specifications from the catalog.
    inner join main.dim_source as source
        on
            hardware.source_id = source.source_id
            and source.declared_format = 'evokernel'
    left join main.reference_figure as figure
        on
            figure.dimension = 'hardware'
            and hardware.hardware_id = figure.entity_id
            and spec.attribute = figure.attribute
    where spec.value > 0 and quantity is not null
),

performance as (
    select
        claim.hardware_vendor,
        'performance' as kind,
        claim.quantity,
        claim.hardware_id,
        cast(null as double) as to_reference,
        safe_divide(claim.figure, measured.figure) as to_measured,
        claim.plausibility,
        claim.reference_plausibility
    from case_figure as claim
    left join measured
        on
            claim.hardware_id = measured.hardware_id
            and claim.model_id = measured.model_id
            and claim.weight_precision = measured.weight_precision
            and claim.throughput_scope = measured.throughput_scope
            and claim.prompt_length = measured.prompt_length
            and claim.output_length = measured.output_length
            and claim.load = measured.load
            and claim.quantity = measured.quantity
    where
        not claim.is_measured
        and (claim.figure is not null or claim.quantity = 'any')
),

claim as (
    select * from specification
    union all by name
    select * from performance
),

counted as (
    select
        hardware_vendor,
        kind,
        quantity,
        cast(count(*) as bigint) as claim_count,
        cast(count(distinct hardware_id) as bigint) as hardware_count,
        list(to_reference order by to_reference)
        filter (where to_reference is not null) as to_references,
        list(to_measured order by to_measured)
        filter (where to_measured is not null) as to_measureds,
        case
            when kind = 'specification'
                then
                    cast(count(*) filter (
                        where
                        abs(to_reference - 1)
                        > assumed('spec_difference_tolerance')
                    ) as bigint)
        end as differing_count,
        case
            when kind = 'performance'
                then
                    cast(count(*) filter (
                        where plausibility = 'impossible'
                    ) as bigint)
        end as impossible_count,
        case
            when kind = 'performance'
                then
                    cast(count(*) filter (
                        where reference_plausibility = 'impossible'
                    ) as bigint)
        end as reference_impossible_count
    from claim
    group by hardware_vendor, kind, quantity
),

bound as (
    select assumed('vendor_claim_min_count') as least
),

enough as (
    select
        counted.*,
        cast(coalesce(len(counted.to_references), 0) as bigint)
            as reference_count,
        cast(coalesce(len(counted.to_measureds), 0) as bigint)
            as measured_count,
        case when reference_count >= bound.least then counted.to_references end
            as of_reference,
        case when measured_count >= bound.least then counted.to_measureds end
            as of_measured,
        case when counted.claim_count >= bound.least then counted.claim_count
        end as of_claims
    from counted
    cross join bound
)

select
    hardware_vendor,
    kind,
    quantity as claimed_quantity,
    claim_count,
    hardware_count,
    reference_count,
    differing_count,
    median_of_sorted(of_reference) as claimed_to_reference_median,
    low_tenth_of_sorted(of_reference) as claimed_to_reference_low,
    high_tenth_of_sorted(of_reference) as claimed_to_reference_high,
    measured_count,
    median_of_sorted(of_measured) as claimed_to_measured_median,
    low_tenth_of_sorted(of_measured) as claimed_to_measured_low,
    high_tenth_of_sorted(of_measured) as claimed_to_measured_high,
    impossible_count,
    safe_divide(impossible_count, of_claims) as impossible_share,
    wilson_low(impossible_count, of_claims) as impossible_share_low,
    wilson_high(impossible_count, of_claims) as impossible_share_high,
    reference_impossible_count
from enough
order by hardware_vendor, kind, claimed_quantity
