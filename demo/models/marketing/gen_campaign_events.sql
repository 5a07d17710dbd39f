-- What became of each sending.
with sendings as (

    select
        *,
        consent_is_kept and fate_draw * 1000 % 1 < 0.02 as bounces
    from (
        select
            *,
            not unsubscribes as consent_is_kept
        from {{ ref('gen_sendings') }}
    )

),

events as (

    select
        customer_no,
        campaign_no,
        0 as step_no,
        'holdout' as event_type,
        sent_at as occurred_at
    from sendings
    where is_held_out

    union all

    select
        customer_no,
        campaign_no,
        1,
        'sent',
        sent_at
    from sendings
    where not is_held_out

    union all

    select
        customer_no,
        campaign_no,
        2,
        case when bounces then 'bounced' else 'delivered' end,
        sent_at + to_seconds(5 + floor(time_draw * 55)::bigint)
    from sendings
    where not is_held_out

    union all

    select
        customer_no,
        campaign_no,
        3,
        'opened',
        sent_at + to_seconds(300 + floor(time_draw * time_draw * 172800)::bigint)
    from sendings
    where
        not is_held_out
        and not bounces
        and channel = 'email'
        and (answer_draw < 0.42 or unsubscribes)

    union all

    select
        customer_no,
        campaign_no,
        4,
        'clicked',
        sent_at + to_seconds(360 + floor(time_draw * time_draw * 172800)::bigint)
    from sendings
    where
        not is_held_out
        and not bounces
        and not unsubscribes
        and answer_draw < case when channel = 'email' then response_share + 0.03 else 0.06 end

    union all

    select
        customer_no,
        campaign_no,
        5,
        case when answer_draw < 0.06 then 'complained' else 'unsubscribed' end,
        sent_at + to_seconds(420 + floor(time_draw * time_draw * 172800)::bigint)
    from sendings
    where unsubscribes

)

select
    events.customer_no,
    events.campaign_no,
    campaigns.channel,
    events.step_no,
    events.event_type,
    events.occurred_at
from events
inner join {{ ref('gen_campaigns') }} as campaigns on campaigns.campaign_no = events.campaign_no
