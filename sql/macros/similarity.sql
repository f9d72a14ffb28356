-- Distance of two sizes: 0 if they are equal, 1 from a factor of 16 on, and
-- if one is missing.
create or replace macro size_distance(a, b) as
coalesce(least(abs(log2(nullif(a, 0) / nullif(b, 0))) / 4, 1), 1);
