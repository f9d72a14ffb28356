-- One row per current hardware: the throughput to expect by its clean cases, as
-- a factor on the prior. The mean of the log residuals is pulled from the cases
-- of the hardware towards those of its vendor, and from those towards all
-- cases, and more strongly if there are few (partial pooling). Hardware without
-- clean cases gets the mean of its vendor, and a vendor without any that of all
-- cases. The spread is that of all clean cases. MLPerf's open division is left
-- out: its submitters may prune or replace the model, which changes the work.
with sample as (
    select
        mart.case_id,
        hardware.hardware_id,
        hardware.hardware_vendor,
        mart.log_residual
    from marts.mart_case_metrics as mart
    inner join main.dim_hardware as hardware
        on mart.hardware_id = hardware.hardware_id and hardware.is_latest
    inner join main.fact_case as fact on mart.case_id = fact.case_id
    where
        mart.plausibility = 'plausible'
        and mart.log_residual is not null
        and not is_open_division(fact.division)
),

everything as (
    select
        cast(count(*) as bigint) as all_n,
        coalesce(sum(log_residual order by case_id), 0) as all_sum,
        coalesce(sum(log_residual * log_residual order by case_id), 0)
            as all_squares
    from sample
),

by_vendor as (
    select
        hardware_vendor,
        cast(count(*) as bigint) as vendor_n,
        sum(log_residual order by case_id) as vendor_sum
    from sample
    group by hardware_vendor
),

by_hardware as (
    select
        hardware_id,
        cast(count(*) as bigint) as hardware_n,
        sum(log_residual order by case_id) as hardware_sum
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
        everything.all_sum,
        everything.all_squares
    from main.dim_hardware as hardware
    cross join everything
    left join by_vendor
        on hardware.hardware_vendor = by_vendor.hardware_vendor
    left join by_hardware
        on hardware.hardware_id = by_hardware.hardware_id
    where hardware.is_latest
)

select
    *,
    narrowest_pool(hardware_n, vendor_n, all_n) as pool,
    narrowest_pool_n(hardware_n, vendor_n, all_n) as pool_n,
    pooled_log_mean(
        hardware_n,
        hardware_sum,
        vendor_n,
        vendor_sum,
        all_n,
        all_sum,
        assumed('pooling_weight')
    ) as log_mean,
    pooled_log_spread(
        pool_n, all_n, all_sum, all_squares, assumed('pooling_weight')
    ) as log_spread
from counted
order by hardware_id
