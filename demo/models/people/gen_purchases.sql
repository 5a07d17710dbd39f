-- BG/NBD in operational time: a first order, then exponential gaps until the customer drops out or
-- time ends.
with buyers as (

    select
        customer_no,
        joined_at_second,
        weekly_rate,
        repeats_until_dropout,
        {{ seconds_in_all() }} - joined_at_second as seconds_left
    from {{ ref('gen_buyers') }}
    where not is_prospect

),

expected as (

    select
        *,
        weekly_rate * seconds_left / 604800.0 as expected_repeats
    from buyers

),

pairs as (

    -- a Poisson count exceeds mean + 5 sd + 6 about once in a million, and that only costs its last
    -- orders
    select
        customer_no,
        weekly_rate,
        seconds_left,
        repeats_until_dropout,
        unnest(range(
            1,
            ((least(
                repeats_until_dropout,
                ceil(expected_repeats + 5 * sqrt(expected_repeats) + 6)
            ) + 1) // 2)::integer + 1
        )) as pair_no
    from expected

),

pair_digests as (

    select
        *,
        {{ digest('gap', 'customer_no', 'pair_no') }} as gap_digest
    from pairs

),

gaps as (

    select
        customer_no,
        weekly_rate,
        seconds_left,
        repeats_until_dropout,
        unnest([2 * pair_no - 1, 2 * pair_no])::integer as repeat_no,
        unnest([{{ draw('gap_digest') }}, {{ draw('gap_digest', 2) }}]) as gap_draw
    from pair_digests

),

repeats as (

    select
        customer_no,
        repeat_no,
        seconds_left,
        repeats_until_dropout,
        sum(greatest(1, least(1e12, round(-ln(gap_draw) / weekly_rate * 604800)))::bigint) over (
            partition by customer_no order by repeat_no
        )::bigint as seconds_since_first
    from gaps

),

occasions as (

    select
        customer_no,
        1 as purchase_no,
        joined_at_second as at_second
    from buyers

    union all

    select
        repeats.customer_no,
        repeats.repeat_no + 1,
        buyers.joined_at_second + repeats.seconds_since_first
    from repeats
    inner join buyers on buyers.customer_no = repeats.customer_no
    where
        repeats.repeat_no <= repeats.repeats_until_dropout
        and repeats.seconds_since_first < repeats.seconds_left

)

select
    occasions.customer_no,
    occasions.purchase_no,
    occasions.at_second,
    {{ calendar_time('clock', 'occasions.at_second') }} as purchased_at
from occasions
inner join {{ ref('gen_clock') }} as clock
    on clock.point = (occasions.at_second // 3600)::integer
