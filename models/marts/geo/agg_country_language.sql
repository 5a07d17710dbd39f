with

customers as (

    select * from {{ ref('dim_customers') }}

),

country_names as (

    select
        country_code,
        min(country_label) as country_name
    from {{ ref('country_names') }}
    group by country_code

),

groups as (

    select
        country_code,
        coalesce(nullif(lower(trim(language)), ''), '(unknown)') as language,
        count(*) as people,
        count(*) filter (where orders > 0) as customers,
        count(*) filter (where is_mailable) as mailable_people,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue,
        sum(trailing_365_net_revenue) as net_revenue_365d
    from customers
    group by 1, 2

)

select
    groups.country_code,
    groups.language,
    coalesce(country_names.country_name, groups.country_code) as country_name,
    groups.people,
    groups.customers,
    sum(groups.customers) over (partition by groups.country_code)::bigint as country_customers,
    {{ ratio(
        'groups.customers', 'sum(groups.customers) over (partition by groups.country_code)'
    ) }} as language_share,
    groups.mailable_people,
    cast(groups.orders as bigint) as orders,
    cast(groups.net_revenue as decimal(18, 4)) as net_revenue,
    cast(groups.net_revenue_365d as decimal(18, 4)) as net_revenue_365d
from groups
left join country_names
    on groups.country_code = country_names.country_code
