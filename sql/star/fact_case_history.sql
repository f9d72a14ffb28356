-- One row per case id and revision. A revision is a change of anything that the
-- feed says about the case, the entities that it resolves to included; it
-- carries the keys of the dimension versions in force when it was first seen.
-- A record without a result that follows one with a result is not a revision:
-- the run failed, and the earlier result stays (quality.reject has the record).
-- Windows run over keys only; the wide rows are joined to their results.
with empty_sighting as (
    select
        case_.case_id,
        case_.snapshot_order
    from staging.fact_case as case_
    where
        reports_nothing(
            case_.decode_tok_s,
            case_.prefill_tok_s,
            case_.ttft_p50_ms,
            case_.tbt_p50_ms
        )
),

failed_repeat as (
    select
        empty_sighting.case_id,
        empty_sighting.snapshot_order
    from empty_sighting
    inner join staging.fact_case as earlier
        on
            empty_sighting.case_id = earlier.case_id
            and empty_sighting.snapshot_order > earlier.snapshot_order
    where
        not reports_nothing(
            earlier.decode_tok_s,
            earlier.prefill_tok_s,
            earlier.ttft_p50_ms,
            earlier.tbt_p50_ms
        )
),

sighting as (
    select
        case_.case_id,
        case_.seq,
        case_.snapshot_order,
        case_.generated_at,
        hardware.version_key as hardware_key,
        server.version_key as server_key,
        model.version_key as model_key,
        engine.version_key as engine_key,
        quant.version_key as quant_key,
        concat_ws(
            '/',
            case_.content_key,
            hardware.version_key,
            server.version_key,
            model.version_key,
            engine.version_key,
            quant.version_key
        ) as state
    from staging.fact_case as case_
    inner join main.dimension_version as hardware
        on
            hardware.dimension = 'hardware'
            and case_.source_id = hardware.source_id
            and case_.hardware_key = hardware.content_key
            and is_in_force(
                case_.snapshot_order,
                hardware.from_snapshot_order,
                hardware.to_snapshot_order
            )
    left join main.dimension_version as server
        on
            server.dimension = 'server'
            and case_.source_id = server.source_id
            and case_.server_key = server.content_key
            and is_in_force(
                case_.snapshot_order,
                server.from_snapshot_order,
                server.to_snapshot_order
            )
    inner join main.dimension_version as model
        on
            model.dimension = 'model'
            and case_.source_id = model.source_id
            and case_.model_key = model.content_key
            and is_in_force(
                case_.snapshot_order,
                model.from_snapshot_order,
                model.to_snapshot_order
            )
    inner join main.dimension_version as engine
        on
            engine.dimension = 'engine'
            and case_.source_id = engine.source_id
            and case_.engine_key = engine.content_key
            and is_in_force(
                case_.snapshot_order,
                engine.from_snapshot_order,
                engine.to_snapshot_order
            )
    inner join main.dimension_version as quant
        on
            quant.dimension = 'quant'
            and case_.source_id = quant.source_id
            and case_.quant_key = quant.content_key
            and is_in_force(
                case_.snapshot_order,
                quant.from_snapshot_order,
                quant.to_snapshot_order
            )
    where
        (case_.case_id, case_.snapshot_order) not in (
            select
                failed_repeat.case_id,
                failed_repeat.snapshot_order
            from failed_repeat
        )
),

step as (
    select
        *,
        lag(state) over (
            partition by case_id order by snapshot_order
        ) as previous_state
    from sighting
),

revised as (
    select
        * exclude (state, previous_state, generated_at),
        cast(row_number() over (
            partition by case_id order by snapshot_order
        ) as bigint) as revision,
        generated_at as valid_from,
        lead(generated_at) over (
            partition by case_id order by snapshot_order
        ) as valid_to,
        lead(snapshot_order) over (
            partition by case_id order by snapshot_order
        ) is null as is_current
    from step
    where previous_state is distinct from state
)

select
    case_.* exclude (
        seq, content_key, snapshot_id, snapshot_order, generated_at
    ) replace (
        revised.hardware_key as hardware_key,
        revised.server_key as server_key,
        revised.model_key as model_key,
        revised.engine_key as engine_key,
        revised.quant_key as quant_key
    ),
    revised.revision,
    revised.snapshot_order as from_snapshot_order,
    revised.valid_from,
    revised.valid_to,
    revised.is_current
from revised
inner join staging.fact_case as case_
    on
        revised.snapshot_order = case_.snapshot_order
        and revised.seq = case_.seq
order by case_.case_id, revised.revision
