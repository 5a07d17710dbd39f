with

contacts as (

    select *
    from {{ ref('int_campaign_contacts') }}
    where is_mature

)

select
    case when grouping(contact_channel) = 1 then '(all)' else contact_channel end as channel,
    case when grouping(rfm_segment) = 1 then '(all)' else rfm_segment end as rfm_segment,
    count(*) filter (where is_sent) as sent,
    count(*) filter (where is_delivered) as delivered,
    count(*) filter (where is_opened) as opened,
    count(*) filter (where is_clicked) as clicked,
    count(*) filter (where is_unsubscribed) as unsubscribed,
    count(*) filter (where is_delivered and is_buyer) as buyers,
    {{ ratio('count(*) filter (where is_clicked)', 'count(*) filter (where is_delivered)') }}
        as click_rate,
    {{ ratio(
        'count(*) filter (where is_delivered and is_buyer)',
        'count(*) filter (where is_delivered)',
    ) }} as conversion_rate,
    count(*) filter (where is_holdout) as holdout,
    {{ ratio(
        'count(*) filter (where is_holdout and is_buyer)',
        'count(*) filter (where is_holdout)',
    ) }} as holdout_conversion_rate,
    cast(coalesce(sum(net_revenue) filter (where is_delivered), 0) as decimal(18, 4))
        as net_revenue,
    {{ ratio(
        'sum(net_revenue) filter (where is_delivered)', 'count(*) filter (where is_delivered)'
    ) }} as net_revenue_per_message,
    count(*) filter (where is_delivered) < {{ var('low_n_threshold') }} as is_low_n
from contacts
group by grouping sets ((), (contact_channel), (rfm_segment), (contact_channel, rfm_segment))
having count(*) > 0
