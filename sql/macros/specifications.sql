-- Specifications of a source compared with the catalog: one row per version and
-- attribute in which the two differ, by over 2 % of the reference, or in a text
-- that a formula reads. As everywhere, a quantity of 0 or below counts as not
-- stated, except for the number of layers with full attention. Versions are
-- those that are current or that a current case runs on.
create or replace macro differing_specifications() as table
    with claim as (
        select
            'hardware' as dimension,
            h.hardware_id as entity_id,
            h.hardware_key as version_key,
            to_json(h) as document
        from main.dim_hardware as h
        where
            h.is_current
            or h.hardware_key in (
                select f.hardware_key from main.fact_case as f
                where not f.is_retired
            )
        union all
        select
            'model' as dimension,
            m.model_id as entity_id,
            m.model_key as version_key,
            to_json(m) as document
        from main.dim_model as m
        where
            m.is_current
            or m.model_key in (
                select f.model_key from main.fact_case as f
                where not f.is_retired
            )
        union all
        select
            'quant' as dimension,
            q.quant_id as entity_id,
            q.quant_key as version_key,
            to_json(q) as document
        from main.dim_quant as q
        where
            q.is_current
            or q.quant_key in (
                select f.quant_key from main.fact_case as f
                where not f.is_retired
            )
    ),

    pair as (
        select
            claim.dimension,
            claim.entity_id,
            claim.version_key,
            figure.attribute,
            figure.reference,
            figure.reference_text,
            figure.unit,
            figure.source as reference_source,
            claim.document ->> concat('$.', figure.attribute) as said,
            case
                when figure.reference is not null then cast(said as double)
            end as figure_said,
            case
                when figure.attribute = 'full_attention_layers' then figure_said
                else positive(figure_said)
            end as claimed,
            case
                when figure.reference_text is not null then said
            end as claimed_text
        from claim
        inner join main.reference_figure as figure
            on
                claim.dimension = figure.dimension
                and claim.entity_id = figure.entity_id
    )

    select
        dimension,
        entity_id,
        version_key,
        attribute,
        claimed,
        reference,
        safe_divide(claimed, reference) - 1 as difference,
        claimed_text,
        reference_text,
        unit,
        reference_source
    from pair
    where
        abs(claimed - reference)
        > assumed('spec_difference_tolerance') * abs(reference)
        or claimed_text <> reference_text;
