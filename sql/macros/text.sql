-- A number for people: thousands separated, four digits that matter.
create or replace macro plain_number(x) as
case
    when x is null then 'an unknown number of'
    when abs(x) >= 1e12 then format('{:.3g}', x)
    when abs(x) >= 1000 then format('{:,}', cast(round(x) as bigint))
    when x = round(x) then cast(cast(x as bigint) as varchar)
    else format('{:.4g}', x)
end;
