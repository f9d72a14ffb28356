-- History, for the SQL files alone: temporary macros are not published.

-- True if a version was in force in a snapshot.
create or replace temp macro is_in_force(
    snapshot_order, from_snapshot_order, to_snapshot_order
) as
snapshot_order >= from_snapshot_order
and (to_snapshot_order is null or snapshot_order < to_snapshot_order);

-- True if a run has neither a throughput nor a median latency: it may have
-- failed.
create or replace temp macro reports_nothing(
    decode_tok_s, prefill_tok_s, ttft_p50_ms, tbt_p50_ms
) as
coalesce(decode_tok_s, 0) <= 0
and coalesce(prefill_tok_s, 0) <= 0
and coalesce(ttft_p50_ms, 0) <= 0
and coalesce(tbt_p50_ms, 0) <= 0;

-- The versions of a dimension with their content. `staged` names its staging
-- view, `entity` the dimension.
create or replace temp macro versions_of(entity, staged) as table
    with content as (
        select * exclude (snapshot_id, snapshot_order, generated_at)
        from query_table(staged)
        qualify
            row_number() over (
                partition by source_id, content_key order by snapshot_order
            ) = 1
    )

    select
        version.version_key,
        version.source_id,
        content.* exclude (source_id, content_key),
        version.valid_from,
        version.valid_to,
        version.is_current,
        version.is_latest,
        version.from_snapshot_order
    from main.dimension_version as version
    inner join content
        on
            version.source_id = content.source_id
            and version.content_key = content.content_key
    where version.dimension = entity;
