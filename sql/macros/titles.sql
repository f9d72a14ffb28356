-- Titles: whether one names its model and its machine.

-- A name in the form for comparing: lower case, `+` as "plus", and only
-- letters, digits and Chinese characters.
create or replace macro normalized_name(name) as
regexp_replace(
    replace(lower(name), '+', 'plus'), '[^a-z0-9\x{4E00}-\x{9FFF}]', '', 'g'
);

-- The words of a name that identify a machine: those with a letter and a digit.
create or replace macro telling_words(name) as
list_filter(
    string_split_regex(lower(name), '[^a-z0-9\x{4E00}-\x{9FFF}]+'),
    lambda w: regexp_matches(w, '[a-z]') and regexp_matches(w, '[0-9]')
);

-- True if a title contains one of the names.
create or replace macro title_names(title, names) as
len(
    list_filter(
        names,
        lambda n: contains(normalized_name(title), normalized_name(n))
    )
)
> 0;
