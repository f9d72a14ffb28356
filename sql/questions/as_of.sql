-- Show the case metrics as they would have been published at a time: for each
-- case in the newest snapshot of its source at that time, the revision that was
-- valid then. For a source that appends, all files up to that time count, and
-- those without a time. A snapshot with too many rejected cases was not
-- published and is skipped. Before the first snapshot there are no rows.
-- Anything that is not a time is an error.
-- ts: a date (its first instant) or a time; without an offset it is UTC
-- returns: the columns of case_metric, one row per case, as claimed
create or replace macro as_of(ts) as table
    with asked as (
        select
            cast(ts as varchar) as given,
            case
                when
                    regexp_matches(
                        given, ':[0-9]{2}.*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$'
                    )
                    then
                        make_timestamp(epoch_us(try_cast(given as timestamptz)))
                else try_cast(given as timestamp)
            end as understood,
            coalesce(
                understood,
                error(concat(
                    coalesce('''' || given || '''', 'NULL'),
                    ' is no time; write 2026-05-01 or 2026-05-01 12:00:00, ',
                    'which is UTC unless it has an offset'
                ))
            ) as asked_at
    ),

    newest as (
        select
            s.snapshot_id,
            s.snapshot_order
        from asked as a
        inner join quality.snapshot as s
            on
                s.is_publishable
                and (a.asked_at >= s.generated_at or s.generated_at is null)
        qualify
            s.mode = 'append'
            or row_number() over (
                partition by s.source_id order by s.snapshot_order desc
            ) = 1
    ),

    held as (
        select
            c.case_id,
            max(n.snapshot_order) as snapshot_order
        from newest as n
        inner join main.case_sighting as c on n.snapshot_id = c.snapshot_id
        group by c.case_id
    )

    select m.* replace (true as is_current)
    from (
        select
            h.case_id,
            max(h.revision) as revision
        from held as c
        inner join main.fact_case_history as h
            on
                c.case_id = h.case_id
                and c.snapshot_order >= h.from_snapshot_order
        group by h.case_id
    ) as h
    inner join metrics.case_metric as m
        on
            h.case_id = m.case_id
            and h.revision = m.revision
            and m.basis = 'claimed'
    order by m.case_id;
