with

leads as (

    select *
    from {{ ref('int_lead_conversions') }}
    where not is_existing_customer

),

sums as (

    select
        lead_month as month,
        case when grouping(lead_source) = 1 then '(all)' else lead_source end as channel,
        case when grouping(quality) = 1 then '(all)' else quality end as quality,
        count(*) as leads,
        count(*) filter (where is_mature) as mature_leads,
        count(*) filter (where is_converted) as converted_leads,
        count(*) filter (where converted_date is not null) as ever_converted_leads,
        median(days_to_conversion) filter (where is_converted) as median_days_to_conversion,
        max(window_days) as window_days,
        bool_and(is_mature) as is_complete
    from leads
    group by
        lead_month,
        grouping sets ((), (lead_source), (quality), (lead_source, quality))

)

select
    month,
    channel,
    quality,
    window_days,
    is_complete,
    leads,
    mature_leads,
    converted_leads,
    {{ ratio('converted_leads', 'mature_leads') }} as lead_to_customer_rate,
    ever_converted_leads,
    median_days_to_conversion
from sums
