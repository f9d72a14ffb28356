-- One row per way of leaving cases out: the error of the method of
-- mart_estimate when each clean case is predicted without itself, or without
-- any case of its model.
with claim as (
    select
        mart.case_id,
        mart.hardware_id,
        mart.model_id,
        mart.log_residual,
        case
            when not mart.is_decode_workload then 'not_decode'
            when mart.plausibility <> 'plausible' then mart.plausibility
            when is_open_division(fact.division) then 'open_division'
            when coalesce(mart.decode_tok_s, 0) = 0 then 'no_throughput'
            when mart.log_residual is null then 'no_prior'
            else 'clean'
        end as status
    from marts.mart_case_metrics as mart
    inner join main.fact_case as fact on mart.case_id = fact.case_id
),

sample as (
    select
        claim.case_id,
        claim.model_id,
        claim.log_residual as y,
        pool.*
    from claim
    inner join marts.mart_efficiency_pool as pool
        on claim.hardware_id = pool.hardware_id
    where claim.status = 'clean'
),

model_on_hardware as (
    select
        model_id,
        hardware_id,
        count(*) as n,
        sum(y order by case_id) as total
    from sample
    group by model_id, hardware_id
),

model_of_vendor as (
    select
        model_id,
        hardware_vendor,
        count(*) as n,
        sum(y order by case_id) as total
    from sample
    group by model_id, hardware_vendor
),

model_anywhere as (
    select
        model_id,
        count(*) as n,
        sum(y order by case_id) as total,
        sum(y * y order by case_id) as squares
    from sample
    group by model_id
),

-- The cases that remain for the prediction.
remaining as (
    select
        'case' as left_out,
        case_id,
        y,
        hardware_n - 1 as hardware_n,
        hardware_sum - y as hardware_sum,
        vendor_n - 1 as vendor_n,
        vendor_sum - y as vendor_sum,
        all_n - 1 as all_n,
        all_sum - y as all_sum,
        all_squares - y * y as all_squares
    from sample
    union all by name
    select
        'model' as left_out,
        sample.case_id,
        sample.y,
        sample.hardware_n - model_on_hardware.n as hardware_n,
        sample.hardware_sum - model_on_hardware.total as hardware_sum,
        sample.vendor_n - model_of_vendor.n as vendor_n,
        sample.vendor_sum - model_of_vendor.total as vendor_sum,
        sample.all_n - model_anywhere.n as all_n,
        sample.all_sum - model_anywhere.total as all_sum,
        sample.all_squares - model_anywhere.squares as all_squares
    from sample
    inner join model_on_hardware
        on
            sample.model_id = model_on_hardware.model_id
            and sample.hardware_id = model_on_hardware.hardware_id
    inner join model_of_vendor
        on
            sample.model_id = model_of_vendor.model_id
            and sample.hardware_vendor = model_of_vendor.hardware_vendor
    inner join model_anywhere
        on sample.model_id = model_anywhere.model_id
),

predicted as (
    select
        left_out,
        case_id,
        y - pooled_log_mean(
            hardware_n,
            hardware_sum,
            vendor_n,
            vendor_sum,
            all_n,
            all_sum,
            assumed('pooling_weight')
        ) as log_error,
        z_80() * pooled_log_spread(
            narrowest_pool_n(hardware_n, vendor_n, all_n),
            all_n,
            all_sum,
            all_squares,
            assumed('pooling_weight')
        ) as reach
    from remaining
),

scored as (
    select
        left_out,
        cast(count(log_error) as bigint) as predicted_case_count,
        median_of_sorted(
            list(exp(abs(log_error)) order by abs(log_error))
            filter (where log_error is not null)
        ) as error_factor_median,
        exp(max(abs(log_error))) as error_factor_worst,
        exp(
            sum(log_error order by case_id) / nullif(count(log_error), 0)
        ) as bias_factor,
        cast(count(reach) as bigint) as interval_case_count,
        median_of_sorted(
            list(exp(2 * reach) order by reach) filter (where reach is not null)
        ) as interval_width_median,
        count(*) filter (where abs(log_error) <= reach)
        / nullif(count(reach), 0) as interval_coverage,
        count(*) filter (where log_error < -reach)
        / nullif(count(reach), 0) as interval_share_below,
        count(*) filter (where log_error > reach)
        / nullif(count(reach), 0) as interval_share_above
    from predicted
    group by left_out
),

counted as (
    select
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where status = 'clean') as bigint)
            as clean_case_count,
        cast(count(*) filter (where status = 'not_decode') as bigint)
            as not_decode_case_count,
        cast(count(*) filter (where status = 'impossible') as bigint)
            as impossible_case_count,
        cast(count(*) filter (where status = 'implausible') as bigint)
            as implausible_case_count,
        cast(count(*) filter (where status = 'not_judged') as bigint)
            as not_judged_case_count,
        cast(count(*) filter (where status = 'open_division') as bigint)
            as open_division_case_count,
        cast(count(*) filter (where status = 'no_throughput') as bigint)
            as no_throughput_case_count,
        cast(count(*) filter (where status = 'no_prior') as bigint)
            as no_prior_case_count
    from claim
),

way as (
    select unnest(['case', 'model']) as left_out
)

select
    way.left_out,
    counted.* exclude (clean_case_count),
    counted.clean_case_count - coalesce(scored.predicted_case_count, 0)
        as alone_case_count,
    coalesce(scored.predicted_case_count, 0) as predicted_case_count,
    scored.error_factor_median,
    scored.error_factor_worst,
    scored.bias_factor,
    coalesce(scored.interval_case_count, 0) as interval_case_count,
    scored.interval_width_median,
    scored.interval_coverage,
    scored.interval_share_below,
    scored.interval_share_above
from way
cross join counted
left join scored on way.left_out = scored.left_out
order by way.left_out
