-- Features that command lines and notes mention: on, off or not mentioned.
-- Regular expressions are RE2.

-- A text in the form for searching: lower case, versions without their dots,
-- and without the platform "Eagle Stream", which is not speculative decoding.
create or replace macro feature_text(said) as
replace(
    regexp_replace(lower(said), '([0-9])[.]([0-9])', '\1\2', 'g'),
    'eagle stream',
    ''
);

-- The clauses of a command: each option is one.
create or replace macro command_clauses(command) as
string_split_regex(
    regexp_replace(
        feature_text(command), '\s+(--?[a-z])', chr(10) || '\1', 'g'
    ),
    '[\r\n;,{}]'
);

-- The clauses of notes.
create or replace macro note_clauses(notes) as
string_split_regex(feature_text(notes), '[\r\n.,;。，；、]');

-- True if a clause mentions speculative decoding, whether on or off.
create or replace macro speaks_of_speculation(clause) as
regexp_matches(
    clause,
    '(^|[^a-z0-9])(speculat[a-z]*|mtp|nextn|eagle[-_ ]?[123]?|medusa|'
    || 'draft[-_ ]model|lookahead|multi[-_ ]token[-_ ]prediction)([^a-z0-9]|$)'
    || '|推测解码|投机解码'
);

-- True if a clause mentions prefix caching, whether on or off.
create or replace macro speaks_of_prefix_caching(clause) as
regexp_matches(
    clause,
    'prefix[-_ ]?cach|radix|(^|[^a-z0-9])apc([^a-z0-9]|$)|block[-_ ]?reuse'
    || '|前缀缓存|前缀复用'
);

-- True if a clause says that its feature is off.
create or replace macro says_off(clause) as
regexp_matches(
    clause,
    '(^|[^a-z0-9])(no|not|without|disabled?|disabling|off|false|none|null|'
    || 'never|0)([^a-z0-9]|$)'
    || '|未|关闭|禁用|停用|没有|不(使用|启用|开启|支持|用)|无(推测|投机|前缀)'
);

-- True if any of the clauses says on, else false if any says off, else NULL.
create or replace macro feature_said(clauses) as
case
    when len(list_filter(clauses, lambda c: not says_off(c))) > 0 then true
    when len(clauses) > 0 then false
end;

-- Bits of a KV-cache element by the name of its type.
create or replace macro kv_bits_of_type(name) as
case
    when name like 'fp8%' or name = 'int8' then 8
    when name like 'fp4%' or name in ('nvfp4', 'int4') then 4
    when name in ('bf16', 'bfloat16', 'fp16', 'float16') then 16
end;

-- The type of the KV cache that a command sets; empty if it sets none.
create or replace macro kv_type_in_command(command) as
lower(
    regexp_extract(
        command,
        'kv[-_]cache[-_]dtype["'']?[=:\s]+["'']?(\w+)',
        1,
        'i'
    )
);
