-- Cases in rankings, medians and frontiers: plausible ones of decode workloads.

-- Reason why a case does not take part; NULL if it does.
create or replace macro left_out_because(plausibility, is_decode_workload) as
case
    when plausibility = 'not_judged' then 'not judged'
    when plausibility <> 'plausible' then plausibility
    when not is_decode_workload then 'no decode workload'
end;

-- The division of MLPerf in one spelling; NULL for other results. The divisions
-- have different rules, so their cases are never ranked together.
create or replace macro division_of(division) as
nullif(lower(trim(division)), '');

-- True for MLPerf's open division, whose models may be changed: its cases are
-- never the best, and no claim is judged by them.
create or replace macro is_open_division(division) as
coalesce(division_of(division) = 'open', false);
