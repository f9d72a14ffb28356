-- One row per specification and attribute in which a source differs from the
-- catalog; the macro says what counts as a difference.
select
    dimension,
    entity_id,
    version_key,
    attribute,
    claimed,
    reference,
    difference,
    claimed_text,
    reference_text,
    unit,
    reference_source
from differing_specifications()
order by version_key, attribute
