-- Estimate what a model would reach on some hardware: the roofline, whether it
-- fits, and the throughput to expect with its 80 % interval. One row, for any
-- current hardware, model and quantization, native or not. An unknown id is an
-- error that names the nearest ids; an invalid number is an error, too. If the
-- model does not fit, the expected values are NULL.
-- hardware_id: id of current hardware
-- cards: number of cards, at most 100 times those of any case
-- model_id: id of a current model that decodes
-- quant_id: id of a current quantization
-- batch: sequences decoded at once, 1 or more
-- prefill: prompt length in tokens, 1 or more
-- decode: output length in tokens, 1 or more
-- usd_per_card_hour: price of a card hour; the configured one if left out
-- returns precision_is_native: True if the hardware has a peak at the first
--   precision of the quantization
-- returns beyond_scale_up: True if the cards are more than one scale-up domain
--   has; the expectation ignores the network between domains
-- returns expected_interactivity_tok_s_user: Expected decode speed that one
--   user sees [tok/s per user]
-- returns expected_decode_kwh_per_mtok_tdp: Expected energy of a million
--   decoded tokens, if the cards draw their thermal design power [kWh/1e6 tok]
-- returns expected_decode_hardware_usd_per_mtok: Expected hardware cost of a
--   million decoded tokens, as card hours [USD/1e6 tok]
-- returns expected_wall_hardware_usd_per_mtok: The same if the cards compute
--   the prompts, too [USD/1e6 tok]
create or replace macro what_if(
    hardware_id,
    cards,
    model_id,
    quant_id,
    batch,
    prefill,
    decode,
    usd_per_card_hour := null
) as table
    with stack as ( -- noqa: ST03
        select
            s.*,
            coalesce(
                cast(usd_per_card_hour as double), p.usd_per_card_hour
            ) as price
        from
            stack_asked(
                hardware_id, cards, model_id, quant_id, batch, prefill, decode
            ) as s
        left join main.card_price as p on s.hardware_id = p.hardware_id
    )

    select
        e.compute_precision,
        e.compute_precision_is_native as precision_is_native,
        e.cards > e.scale_up_world_size as beyond_scale_up,
        e.weights_gb,
        e.memory_needed_gb,
        e.memory_available_gb,
        e.fits,
        e.decode_roofline_tok_s,
        e.decode_roofline_bound,
        e.decode_prior_tok_s,
        e.expected_decode_tok_s,
        e.expected_decode_tok_s_low,
        e.expected_decode_tok_s_high,
        e.expected_wall_tok_s,
        e.expected_wall_tok_s_low,
        e.expected_wall_tok_s_high,
        safe_divide(e.expected_decode_tok_s, e.batch_size)
            as expected_interactivity_tok_s_user,
        e.expected_decode_tok_s_per_w_tdp,
        safe_divide(e.cards * e.tdp_w, e.expected_decode_tok_s)
        * 1e6
        / 3.6e6 as expected_decode_kwh_per_mtok_tdp,
        e.price as usd_per_card_hour,
        safe_divide(
            e.cards * e.price, e.expected_decode_tok_s * 3600
        )
        * 1e6 as expected_decode_hardware_usd_per_mtok,
        safe_divide(
            e.cards * e.price, e.expected_wall_tok_s * 3600
        )
        * 1e6 as expected_wall_hardware_usd_per_mtok,
        e.pool,
        e.pool_n
    from estimates_of('stack') as e
    where
        case
            when e.price is null or (e.price >= 0 and isfinite(e.price))
                then true
            else
                error(concat(
                    'usd_per_card_hour is ',
                    format('{:.15g}', e.price),
                    '; it must be 0 or more'
                ))
        end;
