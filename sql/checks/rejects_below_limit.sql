-- No more cases of the newest snapshot, or of a source that appends, are
-- rejected than its max_reject_share allows.
-- table: reject
-- severity: error
-- action: Take the file out of data/raw, or raise max_reject_share.
select
    snapshot.file_name as file,
    snapshot.reject_count as rejected,
    snapshot.item_count as of_items,
    coalesce(reject.path, 'the item') as most_often,
    count(*) as times,
    arg_min(
        concat_ws(': ', reject.case_id, left(reject.reason, 200)),
        reject.item_position
    ) as first
from quality.snapshot as snapshot
inner join quality.reject as reject
    on snapshot.snapshot_id = reject.snapshot_id
where snapshot.is_newest and not snapshot.is_publishable
group by all
order by times desc, most_often asc
