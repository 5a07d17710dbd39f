{% macro same_filters() -%}
    {#- A report's own filters, given on to the functions that it stands on. -#}
    store := store, channel := channel, country := country, region := region, city := city,
    product := product, category := category, campaign := campaign,
    rfm_segment := rfm_segment, value_tier := value_tier, segment := segment,
    since_from := since_from, since_to := since_to
{%- endmacro %}


{% macro other_filters(own) -%}
    {#- The filters, but for the one whose name a report needs for something else. -#}
    {% for name in filter_names() -%}
    {{ name }} := {{ 'null' if name == own else name }}{{ ', ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro filter_names() -%}
    {{ return([
        'store', 'channel', 'country', 'region', 'city', 'product', 'category', 'campaign',
        'rfm_segment', 'value_tier', 'segment', 'since_from', 'since_to', 'revenue_min', 'revenue_max'
    ]) }}
{%- endmacro %}


{% macro same_band() -%}
    revenue_min := revenue_min, revenue_max := revenue_max
{%- endmacro %}


{% macro asks_for_customers() -%}
    {#- Is there a filter on who ordered, rather than on the order? -#}
    (
        {{ function('is_given') }}(rfm_segment)
        or {{ function('is_given') }}(value_tier)
        or {{ function('is_given') }}(segment)
        or {{ function('is_given') }}(since_from)
        or {{ function('is_given') }}(since_to)
    )
{%- endmacro %}


{% macro asks_for_orders() -%}
    {#- Is there a filter on the order, rather than on who ordered? -#}
    (
        {{ function('is_given') }}(store)
        or {{ function('is_given') }}(channel)
        or {{ function('is_given') }}(country)
        or {{ function('is_given') }}(region)
        or {{ function('is_given') }}(city)
        or {{ function('is_given') }}(product)
        or {{ function('is_given') }}(category)
        or {{ function('is_given') }}(campaign)
    )
{%- endmacro %}


{% macro asks_for_filters() -%}
    {#- Is there any of same_filters? -#}
    ({{ asks_for_orders() }} or {{ asks_for_customers() }})
{%- endmacro %}


{% macro asks_for_anything() -%}
    ({{ asks_for_filters() }} or {{ asks_for_band() }})
{%- endmacro %}


{% macro asks_for_products() -%}
    {#- Is there a filter on what was ordered? -#}
    ({{ function('is_given') }}(product) or {{ function('is_given') }}(category))
{%- endmacro %}


{% macro asks_for_band() -%}
    {#- Are there bounds on what a customer brought in the period? -#}
    ({{ function('is_given') }}(revenue_min) or {{ function('is_given') }}(revenue_max))
{%- endmacro %}


{% macro figure(name, numerator, denominator='null') -%}
    {#- A figure of a profile with both sides of it; without a denominator it is a plain number. -#}
    {
        'name': '{{ name }}',
        'numerator': cast({{ numerator }} as decimal(38, 4)),
        'denominator': cast({{ denominator }} as decimal(38, 4)),
        'is_ratio': {{ 'false' if denominator == 'null' else 'true' }}
    }
{%- endmacro %}


{% macro deviation(feature) -%}
    {#- Standard deviation; null where all are alike but for rounding. -#}
    case when stddev_pop({{ feature }}) > 1e-9 then stddev_pop({{ feature }}) end
{%- endmacro %}


{% macro facet_is(name) -%}
    lower(trim(cast(facet as varchar))) = '{{ name }}'
{%- endmacro %}


{% macro filters_but_own() -%}
    {#- A report's filters without that of the facet that is asked for. -#}
    {% for name in [
        'store', 'channel', 'country', 'region', 'city', 'product', 'category', 'campaign',
        'rfm_segment', 'value_tier', 'segment'
    ] -%}
    {{ name }} := case when {{ facet_is(name) }} then null else {{ name }} end,
    {% endfor -%}
    since_from := case when {{ facet_is('tenure_band') }} then null else since_from end,
    since_to := case when {{ facet_is('tenure_band') }} then null else since_to end
{%- endmacro %}


{% macro band_but_own() -%}
    revenue_min := case when {{ facet_is('revenue_band') }} then null else revenue_min end,
    revenue_max := case when {{ facet_is('revenue_band') }} then null else revenue_max end
{%- endmacro %}


{% macro sale_value(rows, day, hour) -%}
    {#- The head of the case in sales_by: what orders and refunds have alike. -#}
    case lower(trim(cast("by" as varchar)))
            {% for time in ['day', 'week', 'month', 'quarter', 'year'] -%}
            when '{{ time }}' then cast(cast(date_trunc('{{ time }}', {{ day }}) as date) as varchar)
            {% endfor -%}
            when 'weekday' then cast(isodow({{ day }}) as varchar)
            when 'hour' then lpad(cast({{ hour }} as varchar), 2, '0')
            when 'store' then {{ rows }}.store_id
            when 'channel' then {{ rows }}.channel
            when 'country' then {{ rows }}.country_code
            when 'region' then {{ rows }}.region_id
{%- endmacro %}
