-- For the same arguments, the list of customers has as many rows as the figures count customers, and
-- its sums are theirs; every position of the ranking is one of these customers.
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
        max(value) filter (where metric = 'active_customers') as customers,
        max(value) filter (where metric = 'new_customers') as new_customers,
        max(value) filter (where metric = 'returning_customers') as returning_customers
    from {{ function('kpis') }}('', '', {{ filter }})

),

listed_{{ loop.index }} as (

    select
        {{ loop.index }} as filter,
        count(*) as customers,
        count(*) filter (where is_new) as new_customers,
        count(*) filter (where is_returning) as returning_customers
    from {{ function('customer_list') }}('', '', {{ filter }})

),

ranked_{{ loop.index }} as (

    select
        {{ loop.index }} as filter,
        count(*) as customers
    from {{ function('top_customers') }}('', '', limit_n := null, {{ filter }})

),

{% endfor %}
compared as (

    {% for filter in filters %}
    select
        figures.filter,
        figures.customers,
        listed.customers as listed,
        ranked.customers as ranked
    from figures_{{ loop.index }} as figures
    cross join listed_{{ loop.index }} as listed
    cross join ranked_{{ loop.index }} as ranked
    where
        figures.customers is distinct from listed.customers
        or figures.new_customers is distinct from listed.new_customers
        or figures.returning_customers is distinct from listed.returning_customers
        or ranked.customers is distinct from listed.customers
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from compared
