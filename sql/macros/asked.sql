-- What the table macros for analysts are asked: what cannot be is an error.

-- Those three of a list of ids that are nearest to what was asked for.
create or replace macro nearest_ids(asked, ids) as
array_to_string(
    list_transform(
        list_sort(
            list_transform(
                ids,
                lambda i: {
                    'distance': 1 - jaro_winkler_similarity(i, asked),
                    'id': i
                }
            )
        )[:3],
        lambda n: n['id']
    ),
    ', '
);

-- The id asked for, if it is in a list of ids; else an error that names the
-- nearest. To be joined on: DuckDB drops a mere condition where it knows that
-- no row follows.
create or replace macro known_id(asked, ids, kind) as
case
    when asked is null then error(concat('no id given of a ', kind))
    when list_contains(ids, asked) then asked
    else
        error(concat(
            'no ',
            kind,
            ' ''',
            asked,
            '''; the nearest: ',
            nearest_ids(asked, ids)
        ))
end;

-- True for a number of at least 1; else an error that names it.
create or replace macro is_at_least_1(asked, named) as
case
    when asked is null then error(concat('no ', named, ' given'))
    when asked >= 1 and isfinite(asked) then true
    else
        error(concat(
            named, ' is ', format('{:.15g}', asked), '; it must be 1 or more'
        ))
end;

-- True for a whole number from 1 to `most`, which may be NULL; else an error.
create or replace macro is_count(asked, named, most) as
case
    when not is_at_least_1(asked, named) then false
    when asked <> floor(asked)
        then
            error(concat(
                named, ' is ', format('{:.15g}', asked), '; it must be whole'
            ))
    when asked > most
        then
            error(concat(
                named,
                ' is ',
                format('{:.15g}', asked),
                '; it must be at most ',
                cast(most as varchar)
            ))
    else true
end;

-- The stack and the setup that were asked for, as estimates_of takes them: one
-- row, or an error. It may be any current hardware, model that decodes and
-- quantization. More cards than 100 times those of any case are an error.
create or replace macro stack_asked(
    of_hardware, of_cards, of_model, of_quant, of_batch, of_prefill, of_decode
) as table
    with asked as (
        select
            of_hardware as hardware_id,
            cast(of_cards as double) as cards,
            of_model as model_id,
            of_quant as quant_id,
            cast(of_batch as double) as batch_size,
            cast(of_prefill as double) as prefill_seq_len,
            cast(of_decode as double) as decode_seq_len,
            (
                select list(d.hardware_id) from main.dim_hardware as d
                where d.is_current
            ) as hardware_ids,
            (
                select list(d.model_id) from main.dim_model as d
                where d.is_current
            ) as model_ids,
            (
                select list(d.quant_id) from main.dim_quant as d
                where d.is_current
            ) as quant_ids,
            (
                select 100 * max(c.card_count) from main.fact_case as c
                where not c.is_retired
            ) as most_cards
    ),

    checked as ( -- noqa: ST03
        select
            known_id(hardware_id, hardware_ids, 'current hardware')
                as hardware_id,
            known_id(model_id, model_ids, 'current model') as model_id,
            known_id(quant_id, quant_ids, 'current quantization') as quant_id,
            cards,
            batch_size,
            prefill_seq_len,
            decode_seq_len
        from asked
        where
            is_count(cards, 'cards', most_cards)
            and is_at_least_1(batch_size, 'batch')
            and is_at_least_1(prefill_seq_len, 'prefill')
            and is_at_least_1(decode_seq_len, 'decode')
    )

    select *
    from stacks_of('checked')
    where
        case
            when is_decode_workload then true
            else
                error(concat(
                    'the model ''',
                    model_id,
                    ''' is no autoregressive decode workload'
                ))
        end;
