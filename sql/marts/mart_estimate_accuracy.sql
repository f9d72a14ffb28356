-- One row per pool that a prediction rests on, and one for all: how far the
-- method of mart_estimate is off when each clean claim is predicted from the
-- others.
with sample as (
    select
        mart.case_id,
        ln(mart.decode_roofline_efficiency) as y,
        pool.hardware_n - 1 as hardware_n,
        pool.hardware_sum - y as hardware_sum,
        pool.vendor_n - 1 as vendor_n,
        pool.vendor_sum - y as vendor_sum,
        pool.all_n - 1 as all_n,
        pool.all_sum - y as all_sum,
        pool.all_squares - y * y as all_squares,
        case
            when pool.hardware_n > 1 then 'hardware'
            when pool.vendor_n > 1 then 'vendor'
            when pool.all_n > 1 then 'all'
        end as pool
    from marts.mart_case_metrics as mart
    inner join marts.mart_efficiency_pool as pool
        on mart.hardware_id = pool.hardware_id
    where mart.error_count = 0 and mart.decode_roofline_efficiency > 0
),

weighted as (
    select
        *,
        (
            select any_value(value)
            from main.assumption
            where name = 'pooling_weight'
        ) as pooling_weight
    from sample
    where pool is not null
),

predicted as (
    select
        case_id,
        pool,
        y - pooled_log_mean(
            hardware_n,
            hardware_sum,
            vendor_n,
            vendor_sum,
            all_n,
            all_sum,
            pooling_weight
        ) as log_error,
        pooled_log_spread(
            case pool
                when 'hardware' then hardware_n
                when 'vendor' then vendor_n
                else all_n
            end,
            all_n,
            all_sum,
            all_squares,
            pooling_weight
        ) as log_spread
    from weighted
),

grouped as (
    select * from predicted
    union all by name
    select * replace ('overall' as pool) from predicted
)

select
    pool,
    cast(count(*) as bigint) as case_count,
    median_of_sorted(list(exp(abs(log_error)) order by abs(log_error)))
        as error_factor_median,
    max(exp(abs(log_error))) as error_factor_worst,
    exp(
        sum(log_error order by case_id) / nullif(count(*), 0)
    ) as bias_factor,
    count(*) filter (where abs(log_error) <= z_80() * log_spread)
    / nullif(count(log_spread), 0) as interval_coverage
from grouped
group by pool
order by pool
