{{ config(
    materialized='external',
    location=var('output') ~ '/suppressions.' ~ var('format'),
    format=var('format'),
) }}

-- Addresses that must not be written to any more.
with ends as (

    select
        customer_no,
        case event_type when 'bounced' then 'hard_bounce' else event_type end as reason,
        occurred_at
    from {{ ref('gen_campaign_events') }}
    where
        channel = 'email'
        and event_type in ('unsubscribed', 'complained')

    union all

    -- one bounce in nine is for good
    select
        customer_no,
        'hard_bounce',
        occurred_at
    from {{ ref('gen_campaign_events') }}
    where
        channel = 'email'
        and event_type = 'bounced'
        and (customer_no + campaign_no) % 9 = 0

),

firsts as (

    select *
    from ends
    qualify row_number() over (partition by customer_no order by occurred_at, reason) = 1

)

select
    'c' || firsts.customer_no as customer_id,
    md5(lower(trim(customers.email))) as email_hash,
    firsts.reason,
    firsts.occurred_at as suppressed_at
from firsts
inner join {{ ref('gen_customers') }} as customers on customers.customer_no = firsts.customer_no
where {{ in_window('firsts.occurred_at') }}
order by firsts.customer_no
