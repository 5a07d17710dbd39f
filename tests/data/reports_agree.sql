-- Trap 44.
-- For the same arguments, the list of customers has as many rows as the figures count customers, and
-- its sums are theirs; every position of the ranking is one of these customers, so is every customer of
-- an RFM segment, and the new ones of all buckets are the new ones of the period.
{{ config(tags=['agreement']) }}
{% set filters = [
    "channel := (select max(channel) from " ~ ref('fct_orders') ~ ")",
    "country := (select max(country_code) from " ~ ref('fct_orders') ~ "), revenue_min := '20'",
    "rfm_segment := 'champions, loyal', since_from := '2000-01-01'",
] %}
with

{% for filter in filters %}
figures_{{ loop.index }} as (

    select
        {{ loop.index }} as filter,
        coalesce(max(value) filter (where metric = 'active_customers'), 0) as customers,
        coalesce(max(value) filter (where metric = 'new_customers'), 0) as new_customers,
        coalesce(max(value) filter (where metric = 'returning_customers'), 0) as returning_customers
    from {{ function('kpis') }}('', '', {{ filter }})

),

listed_{{ loop.index }} as (

    select
        {{ loop.index }} as filter,
        count(*) as customers,
        count(*) filter (where is_new) as new_customers,
        count(*) filter (where is_returning) as returning_customers,
        sum(net_revenue) as net_revenue
    from {{ function('customer_list') }}('', '', {{ filter }})

),

ranked_{{ loop.index }} as (

    select
        {{ loop.index }} as filter,
        count(*) as customers
    from {{ function('top_customers') }}('', '', limit_n := null, {{ filter }})

),

charted_{{ loop.index }} as (

    select
        {{ loop.index }} as filter,
        sum(customers) as customers,
        sum(net_revenue) as net_revenue
    from {{ function('rfm_chart') }}('', '', {{ filter }})

),

timed_{{ loop.index }} as (

    select
        {{ loop.index }} as filter,
        coalesce(sum(new_customers), 0) as new_customers
    from {{ function('customer_chart') }}('', '', {{ filter }})

),

{% endfor %}
compared as (

    {% for filter in filters %}
    select
        figures.filter,
        figures.customers,
        listed.customers as listed,
        ranked.customers as ranked,
        charted.customers as charted,
        timed.new_customers as timed_new_customers
    from figures_{{ loop.index }} as figures
    cross join listed_{{ loop.index }} as listed
    cross join ranked_{{ loop.index }} as ranked
    cross join charted_{{ loop.index }} as charted
    cross join timed_{{ loop.index }} as timed
    where
        figures.customers is distinct from listed.customers
        or figures.new_customers is distinct from listed.new_customers
        or figures.returning_customers is distinct from listed.returning_customers
        or ranked.customers is distinct from listed.customers
        or coalesce(charted.customers, 0) is distinct from listed.customers
        or charted.net_revenue is distinct from listed.net_revenue
        or timed.new_customers is distinct from listed.new_customers
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from compared
