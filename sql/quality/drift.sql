-- One row per snapshot and field, type or value that is in no contract, or that
-- differs from the previous snapshot of its source. Files of a source that
-- appends are not compared; an unknown field of theirs has one row, at the
-- newest file that has it. An empty list is a list, an empty object an object;
-- null is not a type. A row is new if the source has earlier files and none of
-- them has it; a difference from the previous snapshot is always new.
with appended as (
    select
        snapshot_id,
        snapshot_order
    from staging.snapshot
    where mode = 'append'
),

type_count as (
    select
        snapshot_id,
        snapshot_order,
        path,
        is_known,
        json_type,
        case_count,
        case json_type
            when 'empty or mixed' then 'object'
            when 'empty list' then 'list'
            when 'null' then null
            else json_type
        end as kind
    from staging.field
),

field as (
    select
        snapshot_id,
        snapshot_order,
        path,
        is_known,
        bool_or(json_type not in ('object', 'list')) as is_leaf,
        string_agg(json_type, ', ' order by json_type) as json_types,
        coalesce(
            list(distinct kind order by kind) filter (where kind is not null),
            []
        ) as kinds,
        cast(sum(case_count) as bigint) as case_count
    from type_count
    group by snapshot_id, snapshot_order, path, is_known
),

unknown_field as (
    select
        arg_max(snapshot_id, snapshot_order) as snapshot_id,
        max(snapshot_order) as snapshot_order,
        min(snapshot_order) as held_from,
        source_id,
        'unknown_field' as drift_type,
        path,
        json_type as detail,
        cast(sum(case_count) as bigint) as case_count
    from staging.field
    where
        not is_known
        and json_type not in ('object', 'list')
    group by
        source_id,
        path,
        json_type,
        if(
            snapshot_order in (select appended.snapshot_order from appended),
            -1,
            snapshot_order
        )
),

unknown_value as (
    select
        arg_max(snapshot_id, snapshot_order) as snapshot_id,
        max(snapshot_order) as snapshot_order,
        min(snapshot_order) as held_from,
        source_id,
        'unknown_value' as drift_type,
        path,
        value as detail,
        cast(sum(row_count) as bigint) as case_count
    from staging.vocabulary
    where
        not is_known
    group by
        source_id,
        path,
        value,
        if(
            snapshot_order in (select appended.snapshot_order from appended),
            -1,
            snapshot_order
        )
),

new_field as (
    select
        now.snapshot_id,
        now.snapshot_order,
        'new_field' as drift_type,
        now.path,
        now.json_types as detail,
        now.case_count
    from field as now
    inner join staging.file as snapshot
        on now.snapshot_order = snapshot.snapshot_order
    left join field as past
        on
            snapshot.previous_snapshot_order = past.snapshot_order
            and now.path = past.path
    where
        snapshot.previous_snapshot_order is not null
        and now.is_known
        and now.is_leaf
        and past.path is null
),

vanished_field as (
    select
        snapshot.snapshot_id,
        snapshot.snapshot_order,
        'vanished_field' as drift_type,
        past.path,
        past.json_types as detail,
        past.case_count
    from field as past
    inner join staging.file as snapshot
        on past.snapshot_order = snapshot.previous_snapshot_order
    left join field as now
        on
            snapshot.snapshot_order = now.snapshot_order
            and past.path = now.path
    where past.is_leaf and now.path is null
),

type_change as (
    select
        now.snapshot_id,
        now.snapshot_order,
        'type_change' as drift_type,
        now.path,
        concat(past.json_types, ' -> ', now.json_types) as detail,
        now.case_count
    from field as now
    inner join staging.file as snapshot
        on now.snapshot_order = snapshot.snapshot_order
    inner join field as past
        on
            snapshot.previous_snapshot_order = past.snapshot_order
            and now.path = past.path
    where
        len(past.kinds) > 0
        and len(list_filter(
            now.kinds, lambda k: not list_contains(past.kinds, k)
        ))
        > 0
),

first_file as (
    select
        source_id,
        min(snapshot_order) as first_order
    from staging.snapshot
    group by source_id
),

unheard_of as (
    select * from unknown_field
    union all
    select * from unknown_value
),

unheard as (
    select
        unheard_of.* exclude (source_id, held_from),
        row_number() over (
            partition by
                unheard_of.source_id,
                unheard_of.drift_type,
                unheard_of.path,
                unheard_of.detail
            order by unheard_of.snapshot_order
        ) = 1
        and unheard_of.held_from = unheard_of.snapshot_order
        and unheard_of.snapshot_order > first_file.first_order as is_new
    from unheard_of
    inner join first_file on unheard_of.source_id = first_file.source_id
),

compared as (
    select * from new_field
    union all
    select * from vanished_field
    union all
    select * from type_change
)

select * exclude (snapshot_order)
from (
    select * from unheard
    union all by name
    select
        compared.*,
        true as is_new
    from compared
) as news
order by snapshot_order, drift_type, path, detail
