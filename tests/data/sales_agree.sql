-- Sales sum to the money and the units of the figures whatever they are told by.
{{ config(tags=['agreement']) }}
{% set filter = "channel := (select max(channel) from " ~ ref('fct_orders') ~ ")" %}
{% set dimensions = ['week', 'year', 'product', 'category', 'store', 'country', 'region', 'city', 'campaign', 'rfm_segment'] %}
with

figures as (

    select
        coalesce(max(numerator) filter (where metric = 'gross_revenue'), 0) as gross_revenue,
        coalesce(max(numerator) filter (where metric = 'net_revenue'), 0) as net_revenue,
        coalesce(max(numerator) filter (where metric = 'units'), 0) as units
    from {{ function('kpis') }}('', '', {{ filter }})

),

sale_sums as (

    {% for dimension in dimensions %}
    select
        '{{ dimension }}' as told_by,
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(units), 0) as units
    from {{ function('sales_by') }}('', '', '{{ dimension }}', {{ filter }})
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    sale_sums.told_by,
    sale_sums.net_revenue as found,
    figures.net_revenue as expected,
    sale_sums.units as found_units,
    figures.units as expected_units
from sale_sums
cross join figures
where
    sale_sums.net_revenue is distinct from figures.net_revenue
    or sale_sums.gross_revenue is distinct from figures.gross_revenue
    or sale_sums.units is distinct from figures.units
