-- A number for people: with thousands separators, or four significant digits.
create or replace macro format_number(x) as
case
    when x is null then 'an unknown number of'
    when abs(x) >= 1e12 then format('{:.3g}', x)
    when abs(x) >= 1000 then format('{:,}', cast(round(x) as bigint))
    when x = round(x) then cast(cast(x as bigint) as varchar)
    else format('{:.4g}', x)
end;

-- The bucket of a length in tokens, which comparable scenarios share; NULL if
-- the length is not known.
create or replace macro length_bucket(tokens) as
case
    when tokens <= 256 then 'up to 256'
    when tokens <= 1024 then 'up to 1k'
    when tokens <= 4096 then 'up to 4k'
    when tokens <= 16384 then 'up to 16k'
    when tokens <= 65536 then 'up to 64k'
    when tokens > 65536 then 'over 64k'
end;
