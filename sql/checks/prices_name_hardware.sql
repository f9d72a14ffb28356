-- Every price of prices.yml is of known hardware: of a source or of the
-- catalog.
-- table: card_price
-- severity: error
-- action: Correct the id in prices.yml, in the folder of the setting `config`.
with known as (
    select
        list(distinct known.hardware_id order by known.hardware_id)
            as hardware_ids
    from (
        select hardware_id from main.dim_hardware
        union all
        select hardware_id from main.reference_hardware
    ) as known
),

left_out as (
    select count(*) as sources
    from main.dim_source
    where problem is not null
)

select
    price.hardware_id,
    nearest_ids(price.hardware_id, known.hardware_ids) as nearest
from main.card_price as price
cross join known
cross join left_out
where
    not list_contains(known.hardware_ids, price.hardware_id)
    -- The hardware may be in a source that is left out.
    and left_out.sources = 0
order by all
