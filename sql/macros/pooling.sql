-- Partial pooling: an expected mean from few values, pulled towards the mean of
-- a wider pool.

-- Partially pooled mean of logarithms, from n and sum of the hardware, of its
-- vendor and of all; the wider pool counts as much as `weight` cases.
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

-- Standard deviation of a predicted logarithm: that of all cases combined with
-- that of the mean of the pool.
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

-- Narrowest pool with a case in it.
create or replace macro narrowest_pool(hardware_n, vendor_n, all_n) as
case
    when hardware_n > 0 then 'hardware'
    when vendor_n > 0 then 'vendor'
    when all_n > 0 then 'all'
end;

-- Number of cases in the narrowest pool with a case in it.
create or replace macro narrowest_pool_n(hardware_n, vendor_n, all_n) as
coalesce(nullif(hardware_n, 0), nullif(vendor_n, 0), nullif(all_n, 0));

-- Half the width of an 80 % interval in standard deviations of a normal
-- distribution.
create or replace macro z_80() as 1.2815515655446004;

-- Middle of the 80 % interval of a share, of which k in n were observed
-- (Wilson, JASA 22, 1927).
create or replace macro wilson_middle(k, n) as
(safe_divide(k, n) + pow(z_80(), 2) / 2 / nullif(n, 0))
/ (1 + pow(z_80(), 2) / nullif(n, 0));

-- Half the width of that interval.
create or replace macro wilson_reach(k, n) as
z_80()
* sqrt(
    safe_divide(k, n) * (1 - safe_divide(k, n)) / nullif(n, 0)
    + pow(z_80() / 2 / nullif(n, 0), 2)
)
/ (1 + pow(z_80(), 2) / nullif(n, 0));

-- Low end of that interval; 0 if none was observed.
create or replace macro wilson_low(k, n) as
greatest_or_null(
    least_or_null(wilson_middle(k, n) - wilson_reach(k, n), safe_divide(k, n)),
    0
);

-- High end of that interval; 1 if all were observed.
create or replace macro wilson_high(k, n) as
least_or_null(
    greatest_or_null(
        wilson_middle(k, n) + wilson_reach(k, n), safe_divide(k, n)
    ),
    1
);
