-- Some customers were leads first. Each brings the leads that failed before it: a geometric number,
-- so that the share that converts is the one of the law: ln odds = source + quality.
with candidates as (

    select
        customers.customer_no,
        customers.region_id,
        customers.first_ordered_at,
        buyers.acquisition_channel as source,
        case buyers.acquisition_channel
            when 'email' then -0.4
            when 'paid_social' then -1.3
            else -0.8
        end as source_odds,
        {{ digest('lead', 'customers.customer_no', 1) }} as lead_digest,
        {{ digest('lead', 'customers.customer_no', 2) }} as delay_digest,
        buyers.lead_share
    from {{ ref('gen_customers') }} as customers
    inner join {{ ref('gen_buyers') }} as buyers on buyers.customer_no = customers.customer_no
    where not customers.is_prospect

),

-- materialized, so that what follows is worked out for those few only
draws as materialized (

    select
        *,
        {{ draw('lead_digest', 2) }} as quality_draw,
        {{ quantile_place(draw('delay_digest')) }} as delay_place,
        {{ draw('delay_digest', 2) }} as failures_draw
    from candidates
    where {{ draw('lead_digest') }} < lead_share

),

qualities as (

    select
        *,
        -- of those who convert; good leads are more frequent among them than among all
        case when quality_draw < 0.45 then 'A' when quality_draw < 0.8 then 'B' else 'C' end as quality,
        case when quality_draw < 0.45 then 1.1 when quality_draw < 0.8 then 0 else -1.1 end as quality_odds
    from draws

),

won as (

    select
        qualities.customer_no,
        qualities.region_id,
        qualities.source,
        qualities.quality,
        qualities.first_ordered_at,
        1 / (1 + exp(-qualities.source_odds - qualities.quality_odds)) as conversion,
        qualities.failures_draw,
        -- log-normal, nine days in the middle
        qualities.first_ordered_at - to_seconds(
            round(86400 * exp(
                ln(9) + 1.0 * {{ quantile('delays', 'normal', 'qualities.delay_place') }}
            ))::bigint
        ) as created_at
    from qualities
    inner join {{ ref('gen_quantiles') }} as delays
        on delays.point = floor(qualities.delay_place)::integer

),

lost as (

    select
        *,
        unnest(range(
            1, 1 + least(500, floor(ln(failures_draw) / ln(1 - conversion)))::integer
        ))::integer as failure_no
    from won

),

lost_digests as (

    select
        *,
        {{ digest('lost_lead', 'customer_no', 'failure_no') }} as lost_digest
    from lost

),

everything as (

    select
        customer_no,
        0 as lead_no,
        region_id,
        source,
        quality,
        created_at,
        first_ordered_at as converted_at
    from won

    union all

    select
        customer_no,
        failure_no,
        region_id,
        source,
        quality,
        -- around the time of the one that came
        first_ordered_at + to_seconds(floor(({{ draw('lost_digest') }} - 0.5) * 60 * 86400)::bigint),
        null
    from lost_digests

)

select
    customer_no,
    lead_no,
    region_id,
    source,
    quality,
    created_at,
    converted_at,
    case
        when converted_at is not null then 'converted'
        when created_at >= {{ end_of_time() }} - interval 30 day then 'open'
        else 'lost'
    end as status
from everything
where
    created_at >= timestamp '{{ var("start_date") }}'
    and created_at < {{ end_of_time() }}
