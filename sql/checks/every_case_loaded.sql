-- Every case of every snapshot was loaded.
-- table: reject
-- severity: warn
select
    reject.case_id,
    reject.path,
    left(reject.reason, 200) as reason
from quality.reject as reject
order by reject.snapshot_id, reject.item_position
