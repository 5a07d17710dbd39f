-- The monthly surprise box: a fortnight on trial, then paid until it is cancelled.
with draws as (

    select
        customer_no,
        country_code,
        is_prospect,
        first_seen_at,
        {{ digest('subscription', 'customer_no', 1) }} as start_digest,
        {{ digest('subscription', 'customer_no', 2) }} as end_digest
    from {{ ref('gen_customers') }}
    where not is_guest

),

starts as (

    select
        customer_no,
        country_code,
        is_prospect,
        first_seen_at
        + to_seconds(floor({{ draw('start_digest', 2) }} * 200 * 86400)::bigint) as started_at,
        {{ draw('end_digest') }} as paying_draw,
        {{ draw('end_digest', 2) }} as months_draw,
        {{ draw('end_digest', 3) }} as reason_draw
    from draws
    where {{ draw('start_digest') }} < case when is_prospect then 0.35 else 0.06 end

),

ends as (

    select
        *,
        started_at + interval 14 day as trial_ends_at,
        -- an account without orders never pays
        paying_draw < 0.62 and not is_prospect as is_paying,
        -- geometric, one in nine a month
        1 + floor(ln(months_draw) / ln(8.0 / 9))::integer as paid_months
    from starts

),

cancellations as (

    select
        *,
        case
            when is_paying then trial_ends_at + to_days(30 * paid_months)
            else started_at + to_seconds(floor(months_draw * 13 * 86400)::bigint + 3600)
        end as cancelled_at
    from ends

)

select
    cancellations.customer_no,
    case when cancellations.reason_draw * 100 % 1 < 0.3 then 'box-large' else 'box-small' end as plan,
    cancellations.started_at,
    cancellations.trial_ends_at,
    case
        when cancellations.is_paying and cancellations.trial_ends_at < {{ end_of_time() }}
            then cancellations.trial_ends_at
    end as first_paid_at,
    case
        when cancellations.cancelled_at < {{ end_of_time() }} then cancellations.cancelled_at
    end as cancelled_at,
    case
        when cancellations.cancelled_at >= {{ end_of_time() }} then null
        when not cancellations.is_paying then 'trial_not_continued'
        when cancellations.reason_draw < 0.15 then 'payment_failed'
        when cancellations.reason_draw < 0.50 then 'too_expensive'
        else 'no_longer_wanted'
    end as cancel_reason,
    case when cancellations.reason_draw * 100 % 1 < 0.3 then 2490 else 1490 end
    * countries.price_tenths // 10 as amount_cents,
    countries.currency
from cancellations
inner join {{ ref('law_countries') }} as countries
    on countries.country_code = cancellations.country_code
where cancellations.started_at < {{ end_of_time() }}
