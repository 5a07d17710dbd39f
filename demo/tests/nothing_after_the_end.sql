-- No event lies outside the shop's life.
with moments as (

    select 'refund' as kind, refunded_at as happened_at from {{ ref('gen_refunds') }}
    union all
    select 'payment', tried_at from {{ ref('gen_payments') }}
    union all
    select 'session', ended_at from {{ ref('gen_sessions') }}
    union all
    select 'lead', coalesce(converted_at, created_at) from {{ ref('gen_leads') }}
    union all
    select 'survey', coalesce(responded_at, sent_at) from {{ ref('gen_surveys') }}
    union all
    select 'review', created_at from {{ ref('gen_reviews') }}
    union all
    select 'ticket', coalesce(resolved_at, first_response_at, created_at) from {{ ref('gen_support_tickets') }}
    union all
    select 'campaign', occurred_at from {{ ref('gen_campaign_events') }}
    union all
    select 'subscription', coalesce(cancelled_at, first_paid_at, started_at) from {{ ref('gen_subscriptions') }}
    union all
    select 'account', created_at from {{ ref('gen_customers') }}

)

select
    kind,
    happened_at
from moments
where
    happened_at < timestamp '{{ var("start_date") }}'
    or happened_at >= {{ end_of_time() }}
