-- Partial pooling of log efficiencies. n and sum of an accelerator, of its
-- vendor and of all; `weight` counts how many claims the wider pool is worth.
create or replace macro pooled_log_mean(
    hardware_n, hardware_sum, vendor_n, vendor_sum, all_n, all_sum, weight
) as
(
    hardware_sum
    + weight
    * (vendor_sum + weight * safe_divide(all_sum, all_n))
    / nullif(vendor_n + weight, 0)
)
/ nullif(hardware_n + weight, 0);

-- Standard deviation of a prediction: that of the claims, and of their mean.
create or replace macro pooled_log_spread(
    pool_n, all_n, all_sum, all_squares, weight
) as
sqrt(
    greatest_or_null(
        safe_divide(
            all_squares - all_sum * safe_divide(all_sum, all_n), all_n - 1
        ),
        0
    )
    * (1 + 1 / nullif(pool_n + weight, 0))
);

-- Half the width of an 80 % interval in standard deviations of a normal.
create or replace macro z_80() as 1.2815515655446004;

-- How far two sizes are apart: 0 where they are equal, 1 from a factor of 16
-- on, and where one is missing.
create or replace macro size_distance(a, b) as
coalesce(least(abs(log2(nullif(a, 0) / nullif(b, 0))) / 4, 1), 1);
