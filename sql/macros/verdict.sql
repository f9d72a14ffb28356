-- The verdict on the numbers of a case. It depends on the errors and warnings
-- (except those about evidence and support), on whether there is a result, and
-- on three metrics, of which at least one is needed to judge.
create or replace macro plausibility_of(
    errors,
    warnings,
    has_no_result,
    roofline_efficiency,
    prefill_mfu,
    weights_fit
) as
case
    when errors > 0 then 'impossible'
    when warnings > 0 then 'implausible'
    when
        not coalesce(has_no_result, false)
        and (
            roofline_efficiency is not null
            or prefill_mfu is not null
            or weights_fit is not null
        )
        then 'plausible'
    else 'not_judged'
end;
