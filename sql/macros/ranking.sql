-- Cases in rankings, medians and frontiers: plausible ones of decode workloads.

-- Reason why a case takes no part; NULL if it does.
create or replace macro left_out_because(plausibility, is_decode_workload) as
case
    when plausibility = 'not_judged' then 'not judged'
    when plausibility <> 'plausible' then plausibility
    when not is_decode_workload then 'no decode workload'
end;
