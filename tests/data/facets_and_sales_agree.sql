-- Facets that each customer has one value of sum to the customers of the figures, with the facet's own
-- filter removed; sales sum to their money whatever they are told by.
{% set filter = "channel := (select max(channel) from " ~ ref('fct_orders') ~ ")" %}
{% set facets = ['country', 'city', 'rfm_segment', 'value_tier', 'revenue_band', 'tenure_band'] %}
{% set dimensions = ['week', 'year', 'product', 'category', 'store', 'country', 'region', 'city', 'campaign', 'rfm_segment'] %}
with

figures as (

    select
        coalesce(max(value) filter (where metric = 'active_customers'), 0) as customers,
        coalesce(max(numerator) filter (where metric = 'gross_revenue'), 0) as gross_revenue,
        coalesce(max(numerator) filter (where metric = 'net_revenue'), 0) as net_revenue
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

),

sale_sums as (

    {% for dimension in dimensions %}
    select
        '{{ dimension }}' as told_by,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ function('sales_by') }}('', '', '{{ dimension }}', {{ filter }})
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    facet_sums.told_by,
    facet_sums.customers as found,
    figures.customers as expected
from facet_sums
cross join figures
where facet_sums.customers is distinct from figures.customers
union all
select
    sale_sums.told_by,
    sale_sums.net_revenue as found,
    figures.net_revenue as expected
from sale_sums
cross join figures
where
    sale_sums.net_revenue is distinct from figures.net_revenue
    or sale_sums.gross_revenue is distinct from figures.gross_revenue
