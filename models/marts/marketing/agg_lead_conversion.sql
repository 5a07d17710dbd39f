with

leads as (

    select *
    from {{ ref('int_lead_conversions') }}
    where not is_existing_customer

),

as_of as (

    select * from {{ ref('int_as_of') }}

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
        bool_and(is_mature) as are_mature
    from leads
    group by
        lead_month,
        grouping sets ((), (lead_source), (quality), (lead_source, quality))

)

select
    sums.month,
    sums.channel,
    sums.quality,
    sums.window_days,
    sums.are_mature and last_day(sums.month) < as_of.as_of as is_complete,
    sums.leads,
    sums.mature_leads,
    sums.converted_leads,
    {{ ratio('sums.converted_leads', 'sums.mature_leads') }} as lead_to_customer_rate,
    sums.ever_converted_leads,
    sums.median_days_to_conversion
from sums
cross join as_of
