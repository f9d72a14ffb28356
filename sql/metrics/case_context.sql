-- One row per current case: whether its title and other cases agree with it.
with current_case as (
    select
        input.case_id,
        input.hardware_id,
        input.model_id,
        input.quant_id,
        input.card_count,
        input.decode_tok_s,
        input.prefill_tok_s,
        input.ttft_p50_ms,
        input.tbt_p50_ms,
        nullif(fact.title, '') as title,
        hardware.hardware_name,
        hardware.hardware_aliases,
        hardware.hardware_chinese_names,
        server.server_id,
        server.server_name,
        model.model_name
    from metrics.case_input as input
    inner join main.fact_case as fact on input.case_id = fact.case_id
    inner join main.dim_hardware as hardware
        on fact.hardware_key = hardware.hardware_key
    inner join main.dim_model as model on fact.model_key = model.model_key
    left join main.dim_server as server on fact.server_key = server.server_key
    where input.is_current and input.basis = 'claimed'
),

named as (
    select
        case_id,
        title_names(title, [model_name, model_id]) as is_model_in_title,
        title_names(
            title,
            list_concat(
                [hardware_name, hardware_id, server_name, server_id],
                coalesce(hardware_aliases, []),
                coalesce(hardware_chinese_names, []),
                coalesce(telling_words(hardware_name), []),
                telling_words(hardware_id),
                coalesce(telling_words(server_name), [])
            )
        ) as is_hardware_in_title
    from current_case
    where title is not null
),

-- Results that two runs would not share by chance.
result as (
    select
        case_id,
        count(*) over (
            partition by
                decode_tok_s, prefill_tok_s, ttft_p50_ms, tbt_p50_ms
        ) as same_result_count,
        count(*) over (
            partition by
                decode_tok_s,
                prefill_tok_s,
                ttft_p50_ms,
                tbt_p50_ms,
                hardware_id,
                model_id,
                quant_id,
                card_count
        ) as same_run_count
    from current_case
    where
        (decode_tok_s > 0 or prefill_tok_s > 0)
        and coalesce(cast(decode_tok_s > 0 as integer), 0)
        + coalesce(cast(prefill_tok_s > 0 as integer), 0)
        + coalesce(cast(ttft_p50_ms > 0 as integer), 0)
        + coalesce(cast(tbt_p50_ms > 0 as integer), 0)
        >= 2
)

select
    current_case.case_id,
    named.is_model_in_title,
    named.is_hardware_in_title,
    coalesce(result.same_result_count - result.same_run_count, 0)
        as same_result_elsewhere_count,
    coalesce(result.same_run_count - 1, 0) as same_result_repeated_count
from current_case
left join named on current_case.case_id = named.case_id
left join result on current_case.case_id = result.case_id
order by current_case.case_id
