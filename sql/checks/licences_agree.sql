-- The licence in a feed is that of its SOURCE.yml.
-- table: snapshot
-- severity: warn
-- action: Correct the `license` of SOURCE.yml, or ask the publisher.
select
    snapshot.source_id,
    snapshot.file_name,
    snapshot.license as license_in_the_feed,
    source.license as license_in_source_yml
from quality.snapshot as snapshot
inner join main.dim_source as source
    on snapshot.source_id = source.source_id
where
    snapshot.is_newest
    and lower(trim(snapshot.license)) <> lower(trim(source.license))
order by all
