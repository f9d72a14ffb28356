-- One row per accelerator: what the clean claims say of the share of the
-- roofline that decode reaches there. The mean of the logarithms is pulled from
-- the accelerator's own claims to those of its vendor, and from those to all
-- claims, the more the fewer there are (partial pooling); an accelerator
-- without claims has its vendor's, a vendor without claims has all. The spread
-- is that of all clean claims.
with sample as (
    select
        case_id,
        hardware_id,
        hardware_vendor,
        ln(decode_roofline_efficiency) as y
    from marts.mart_case_metrics
    where error_count = 0 and decode_roofline_efficiency > 0
),

everything as (
    select
        cast(count(*) as bigint) as all_n,
        sum(y order by case_id) as all_sum,
        sum(y * y order by case_id) as all_squares,
        assumed('pooling_weight') as pooling_weight
    from sample
),

by_vendor as (
    select
        hardware_vendor,
        cast(count(*) as bigint) as vendor_n,
        sum(y order by case_id) as vendor_sum
    from sample
    group by hardware_vendor
),

by_hardware as (
    select
        hardware_id,
        cast(count(*) as bigint) as hardware_n,
        sum(y order by case_id) as hardware_sum
    from sample
    group by hardware_id
),

counted as (
    select
        hardware.hardware_id,
        hardware.hardware_vendor,
        coalesce(by_hardware.hardware_n, 0) as hardware_n,
        coalesce(by_hardware.hardware_sum, 0) as hardware_sum,
        coalesce(by_vendor.vendor_n, 0) as vendor_n,
        coalesce(by_vendor.vendor_sum, 0) as vendor_sum,
        everything.all_n,
        coalesce(everything.all_sum, 0) as all_sum,
        coalesce(everything.all_squares, 0) as all_squares,
        everything.pooling_weight
    from main.dim_hardware as hardware
    cross join everything
    left join by_vendor
        on hardware.hardware_vendor = by_vendor.hardware_vendor
    left join by_hardware
        on hardware.hardware_id = by_hardware.hardware_id
    where hardware.is_current
),

pooled as (
    select
        *,
        case
            when hardware_n > 0 then 'hardware'
            when vendor_n > 0 then 'vendor'
            when all_n > 0 then 'all'
        end as pool,
        case pool
            when 'hardware' then hardware_n
            when 'vendor' then vendor_n
            when 'all' then all_n
        end as pool_n
    from counted
)

select
    * exclude (pooling_weight),
    pooled_log_mean(
        hardware_n,
        hardware_sum,
        vendor_n,
        vendor_sum,
        all_n,
        all_sum,
        pooling_weight
    ) as log_mean,
    pooled_log_spread(pool_n, all_n, all_sum, all_squares, pooling_weight)
        as log_spread
from pooled
order by hardware_id
