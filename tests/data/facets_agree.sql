-- Facets that each customer has one value of sum to the customers of the figures, with the facet's own
-- filter removed.
{{ config(tags=['agreement']) }}
{% set filter = "channel := (select max(channel) from " ~ ref('fct_orders') ~ ")" %}
{% set facets = ['country', 'city', 'rfm_segment', 'value_tier', 'revenue_band', 'tenure_band'] %}
with

figures as (

    select coalesce(max(value) filter (where metric = 'active_customers'), 0) as customers
    from {{ function('kpis') }}('', '', {{ filter }})

),

facet_sums as (

    {% for facet in facets %}
    select
        '{{ facet }}' as told_by,
        coalesce(sum(customers), 0) as customers
    from {{ function('facets') }}('', '', '{{ facet }}', {{ filter }})
    union all
    {% endfor %}
    -- One's own filter is no filter.
    select
        'own' as told_by,
        (select customers from figures) + count(*) filter (
            where facets.customers is distinct from unfiltered.customers
        ) as customers
    from {{ function('facets') }}('', '', 'channel', {{ filter }}) as facets
    full join {{ function('facets') }}('', '', 'channel') as unfiltered
        on facets.value = unfiltered.value

)

select
    facet_sums.told_by,
    facet_sums.customers as found,
    figures.customers as expected
from facet_sums
cross join figures
where facet_sums.customers is distinct from figures.customers
