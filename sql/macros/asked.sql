-- Arguments of the table macros for analysts: an invalid one is an error.

-- The three ids of a list that are most similar to the given one: ids that
-- contain it come first, then the order is by Jaro-Winkler similarity.
create or replace macro nearest_ids(asked, ids) as
array_to_string(
    list_transform(
        list_sort(
            list_transform(
                ids,
                lambda i: {
                    'lacks': not contains(i, lower(asked)),
                    'distance': 1 - jaro_winkler_similarity(i, lower(asked)),
                    'id': i
                }
            )
        )[:3],
        lambda n: n['id']
    ),
    ', '
);

-- The given id, if it is in a list of ids; else an error that names the most
-- similar ones.
create or replace macro known_id(asked, ids, kind) as
case
    -- Queries join on the result, since DuckDB does not evaluate a mere
    -- condition if the statistics of a table show that no row matches.
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

-- The given ids, each checked by known_id. The lambdas of nearest_ids use
-- other parameter names: an inner one of the same name would hide this one.
create or replace macro known_ids(asked, ids, kind) as
list_transform(asked, lambda one_asked: known_id(one_asked, ids, kind));

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

-- True for a number of at least 0; else an error that names it.
create or replace macro is_at_least_0(asked, named) as
case
    when asked is null then error(concat('no ', named, ' given'))
    when asked >= 0 and isfinite(asked) then true
    else
        error(concat(
            named, ' is ', format('{:.15g}', asked), '; it must be 0 or more'
        ))
end;

-- A price of hardware of at least 0; else an error that names it.
create or replace macro price_of(asked, hardware_id) as
case
    when is_at_least_0(asked, concat('price of ', hardware_id)) then asked
end;
