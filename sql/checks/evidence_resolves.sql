-- Every evidence reference of a specification names evidence of the same
-- hardware.
-- table: fact_hardware_spec
-- severity: warn
select
    spec.hardware_id,
    spec.attribute,
    spec.evidence_id
from main.fact_hardware_spec as spec
where spec.evidence_id is not null and spec.evidence_key is null
order by all
