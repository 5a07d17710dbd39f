-- The hidden side of each person: when they come, how often and how much they buy, when they leave.
with people as (

    select
        range::integer as customer_no,
        {{ digest('join', 'range') }} as join_digest,
        {{ digest('buying', 'range') }} as buying_digest,
        {{ digest('spend', 'range') }} as spend_digest,
        {{ digest('taste', 'range') }} as taste_digest,
        {{ digest('consent', 'range') }} as consent_digest,
        {{ digest('place', 'range') }} as place_digest
    from range(1, {{ var('customers') }} + 1)

),

draws as (

    select
        customer_no,
        {{ draw('join_digest') }} as join_draw,
        {{ draw('join_digest', 2) }} as channel_draw,
        {{ draw('buying_digest') }} as rate_draw,
        {{ draw('buying_digest', 2) }} as dropout_draw,
        {{ draw('spend_digest') }} as value_draw,
        {{ draw('spend_digest', 2) }} as repeats_draw,
        {{ draw('taste_digest') }} as satisfaction_draw,
        {{ draw('taste_digest', 2) }} as taste_draw,
        {{ draw('consent_digest') }} as email_draw,
        {{ draw('consent_digest', 2) }} as sms_draw,
        {{ draw('consent_digest', 3) }} as guest_draw,
        {{ draw('place_digest') }} as region_draw,
        {{ draw('place_digest', 2) }} as city_draw,
        {{ draw('place_digest', 3) }} as loyalty_draw
    from people

),

places as (

    select
        *,
        {{ quantile_place('rate_draw') }} as rate_place,
        {{ quantile_place('dropout_draw') }} as dropout_place,
        {{ quantile_place('value_draw') }} as value_place,
        {{ quantile_place('satisfaction_draw') }} as satisfaction_place
    from draws

),

laws as (

    select
        places.customer_no,
        channels.channel,
        places.join_draw,
        places.repeats_draw,
        places.taste_draw,
        places.email_draw,
        places.sms_draw,
        places.city_draw,
        places.loyalty_draw,
        regions.region_id,
        places.join_draw * 1000000 % 1 < {{ var('prospect_share') }} as is_prospect,
        places.guest_draw < {{ var('guest_share') }} as would_be_guest,
        channel_laws.session_conversion,
        channel_laws.lead_share,
        -- orders a week while the customer is alive
        exp({{ quantile('rates', 'ln_gamma_rate', 'places.rate_place') }}) / {{ var('buying_alpha') }}
        * {{ 'channel_laws.rate_factor' if var('channel_effect') else '1' }} as weekly_rate,
        least(0.999999, exp({{ quantile('dropouts', 'ln_beta_dropout', 'places.dropout_place') }}))
        as dropout_probability,
        -- baskets are Gamma(6) divided by this
        exp({{ quantile('basket_values', 'ln_gamma_value', 'places.value_place') }})
        / {{ var('spend_gamma') }}
        / {{ 'channel_laws.spend_factor' if var('channel_effect') else '1' }} as basket_divisor,
        -- contented people seldom drop out
        0.8 * {{ quantile('satisfactions', 'normal', 'places.satisfaction_place') }}
        - 0.6 * {{ quantile('dropouts', 'normal', 'places.dropout_place') }} as satisfaction
    from places
    inner join {{ ref('gen_channel_slots') }} as channels
        on channels.slot = floor(places.channel_draw * 1000)::integer
    inner join {{ ref('gen_region_slots') }} as regions
        on regions.slot = floor(places.region_draw * 4096)::integer
    inner join {{ ref('law_channels') }} as channel_laws on channel_laws.channel = channels.channel
    inner join {{ ref('gen_quantiles') }} as rates
        on rates.point = floor(places.rate_place)::integer
    inner join {{ ref('gen_quantiles') }} as dropouts
        on dropouts.point = floor(places.dropout_place)::integer
    inner join {{ ref('gen_quantiles') }} as basket_values
        on basket_values.point = floor(places.value_place)::integer
    inner join {{ ref('gen_quantiles') }} as satisfactions
        on satisfactions.point = floor(places.satisfaction_place)::integer

)

select
    customer_no,
    channel as acquisition_channel,
    region_id,
    city_draw,
    loyalty_draw,
    session_conversion,
    lead_share,
    -- the base grows by e ** growth over the whole time, in operational seconds
    floor(
        {{ seconds_in_all() }}
        * ln(1 + join_draw * (exp({{ var('growth') }}) - 1)) / {{ var('growth') }}
    )::bigint as joined_at_second,
    weekly_rate,
    dropout_probability,
    -- the customer leaves right after this repeat order
    greatest(1, least(100000, ceil(ln(repeats_draw) / ln(1 - dropout_probability))))::integer
    as repeats_until_dropout,
    basket_divisor,
    satisfaction,
    case
        when taste_draw < 0.3 then 0
        else 1 + floor((taste_draw - 0.3) / 0.7 * 6)
    end::integer as taste,
    -- opens an account and never orders
    is_prospect,
    -- orders without opening an account
    would_be_guest and not is_prospect as is_guest,
    case
        when would_be_guest and not is_prospect then 'none'
        when email_draw < 0.52 then 'confirmed'
        when email_draw < 0.62 then 'pending'
        when email_draw < 0.72 then 'unsubscribed'
        else 'none'
    end as email_consent,
    case
        when would_be_guest and not is_prospect then 'none'
        when sms_draw < 0.18 then 'confirmed'
        when sms_draw < 0.22 then 'unsubscribed'
        else 'none'
    end as sms_consent,
    case
        when taste_draw * 1000 % 1 < 0.10 then 'hunter'
        when taste_draw * 1000 % 1 < 0.35 then 'opportunist'
        else 'none'
    end as promotion_class
from laws
