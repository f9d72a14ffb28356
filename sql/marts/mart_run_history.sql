-- One row per current case with a configuration: the runs of each, in the order
-- of their times, with the change of throughput and latency against the
-- previous plausible run. Only runs of one scope of the throughput are
-- compared, and in MLPerf only those of one submitter and division. A run
-- without its own time has the time of its file, if its source appends files.
-- Of two runs at the same time, neither comes before the other.
with run as (
    select
        fact.*,
        mart.throughput_scope as judged_scope,
        mart.plausibility,
        division_of(fact.division) as run_division,
        coalesce(
            fact.run_at,
            case
                when source.mode = 'append'
                    then strftime(fact.first_seen_at, '%Y-%m-%dT%H:%M:%S')
            end
        ) as ordered_at
    from main.fact_case as fact
    inner join marts.mart_case_metrics as mart on fact.case_id = mart.case_id
    inner join main.dim_source as source on fact.source_id = source.source_id
    where fact.configuration_key is not null
),

numbered as (
    select
        *,
        cast(row_number() over (
            partition by source_id, configuration_key
            order by
                ordered_at asc nulls last,
                source_file asc nulls first,
                record_index asc nulls first,
                case_id asc
        ) as bigint) as run_number
    from run
),

ordered as (
    select
        *,
        max(case
            when ordered_at is not null and plausibility = 'plausible'
                then run_number
        end) over (
            partition by
                source_id,
                configuration_key,
                judged_scope,
                run_division,
                case when run_division is not null then submitter_affiliation
                end
            order by ordered_at asc nulls last
            groups between unbounded preceding and 1 preceding
        ) as number_before
    from numbered
),

compared as (
    select
        now.*,
        past.case_id as previous_case_id,
        relative_change(
            positive(past.decode_tok_s), now.decode_tok_s
        ) as decode_tok_s_change,
        coalesce(
            relative_change(
                positive(past.ttft_p50_ms), positive(now.ttft_p50_ms)
            ),
            relative_change(
                positive(past.ttft_mean_ms), positive(now.ttft_mean_ms)
            )
        ) as ttft_change,
        case
            when
                coalesce(now.tbt_definition, '')
                = coalesce(past.tbt_definition, '')
                then
                    coalesce(
                        relative_change(
                            positive(past.tbt_p50_ms), positive(now.tbt_p50_ms)
                        ),
                        relative_change(
                            positive(past.tbt_mean_ms),
                            positive(now.tbt_mean_ms)
                        )
                    )
        end as tbt_change,
        now.engine_version <> past.engine_version as is_engine_version_changed,
        now.tool_version <> past.tool_version as is_tool_version_changed
    from ordered as now
    left join numbered as past
        on
            now.ordered_at is not null
            and now.source_id = past.source_id
            and now.configuration_key = past.configuration_key
            and now.number_before = past.run_number
)

select
    source_id,
    configuration_key,
    run_number,
    case_id,
    ordered_at,
    run_at,
    run_at_zone,
    hardware_id,
    card_count,
    model_id,
    quant_id,
    engine_id,
    engine_version,
    source_format,
    tool_version,
    division,
    prefill_seq_len,
    decode_seq_len,
    max_concurrent_requests,
    request_rate_rps,
    judged_scope as throughput_scope,
    decode_tok_s,
    ttft_p50_ms,
    ttft_mean_ms,
    tbt_p50_ms,
    tbt_mean_ms,
    tbt_definition,
    plausibility,
    previous_case_id,
    decode_tok_s_change,
    ttft_change,
    tbt_change,
    is_engine_version_changed,
    is_tool_version_changed,
    case
        when
            decode_tok_s_change is not null
            or ttft_change is not null
            or tbt_change is not null
            then
                coalesce(
                    -decode_tok_s_change > assumed('run_regression_share'),
                    false
                )
                or coalesce(
                    greatest(ttft_change, tbt_change)
                    > assumed('run_regression_share'),
                    false
                )
    end as is_regression
from compared
order by source_id, configuration_key, run_number, case_id
