{% set asked_scope = function('as_choice') ~ "(scope, 'selection')" -%}
-- depends_on: {{ ref('rfm_thresholds') }}
with

periods as (

    select *
    from {{ function('report_periods') }}(start_date, end_date)
    where period = 'current'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

cells as (

    select * from {{ ref('int_rfm_cells') }}

),

selected_customers as (

    select *
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}, of_periods := 'current'
    )
    where is_active

),

-- No filter is given on: everybody who bought in the period.
all_customers as (

    select *
    from {{ function('period_customers') }}(start_date, end_date, of_periods := 'current')
    where is_active

),

choices as (

    select
        coalesce(nullif(trim(cast(preset as varchar)), ''), '{{ var("rfm_preset") }}') as preset,
        {{ asked_scope }} as scope

),

chosen_preset as (

    select
        case
            when choices.scope not in ('selection', 'all')
                then error('scope is none of: selection, all')
            when count(cells.preset) = 0
                then error('no such preset in rfm_segments: ' || choices.preset)
            else choices.preset
        end as preset
    from choices
    left join cells
        on choices.preset = cells.preset
    group by choices.preset, choices.scope

),

-- Which of the two it is stands in the call: the other is not read.
base_customers as (

    select selected_customers.*
    from selected_customers
    where {{ asked_scope }} <> 'all'
    union all
    select all_customers.*
    from all_customers
    where {{ asked_scope }} = 'all'

),

-- Who cannot be recognised has no history to score.
measures as (

    select
        base_customers.customer_id,
        least(periods.last_day + 1, as_of.as_of) - base_customers.last_order_date as recency_days,
        {% if var('rfm_frequency') == 'purchase_days' %}
        base_customers.purchase_days as frequency,
        {% else %}
        base_customers.orders as frequency,
        {% endif %}
        {% if var('rfm_monetary') == 'aov' %}
        cast(round(base_customers.net_revenue / base_customers.orders, 4) as decimal(18, 4)) as monetary,
        {% else %}
        base_customers.{{ var('rfm_monetary') }} as monetary,
        {% endif %}
        count(*) over () as base_n
    from base_customers
    cross join periods
    cross join as_of
    where base_customers.identity_reliable

),

scored_customers as (

    select
        measures.customer_id,
        measures.recency_days,
        measures.frequency,
        measures.monetary,
        measures.base_n,
        {{ live_rfm_score('measures', 'recency_days', 'recency_days', 'measures.recency_days desc') }} as r,
        {{ live_rfm_score('measures', 'frequency', 'frequency', 'measures.frequency') }} as f,
        {{ live_rfm_score('measures', 'monetary', 'monetary', 'measures.monetary nulls first') }} as m
    from measures

),

-- Too few customers make no fifths.
trusted_scores as (

    select
        scored_customers.customer_id,
        scored_customers.recency_days,
        scored_customers.frequency,
        scored_customers.monetary,
        scored_customers.base_n,
        scored_customers.base_n >= {{ var('rfm_min_customers') }} as is_scored,
        case when scored_customers.base_n >= {{ var('rfm_min_customers') }} then scored_customers.r end as r,
        case when scored_customers.base_n >= {{ var('rfm_min_customers') }} then scored_customers.f end as f,
        case when scored_customers.base_n >= {{ var('rfm_min_customers') }} then scored_customers.m end as m
    from scored_customers

)

select
    selected_customers.customer_id,
    chosen_preset.preset,
    cast(trusted_scores.recency_days as bigint) as recency_days,
    cast(trusted_scores.frequency as bigint) as frequency,
    trusted_scores.monetary,
    cast(trusted_scores.r as integer) as r,
    cast(trusted_scores.f as integer) as f,
    cast(trusted_scores.m as integer) as m,
    cast(cells.fm as decimal(3, 1)) as fm,
    case
        when trusted_scores.customer_id is null then 'unreliable'
        when not trusted_scores.is_scored then 'insufficient_data'
        else cells.segment
    end as segment,
    trusted_scores.base_n,
    selected_customers.orders,
    selected_customers.net_revenue
from selected_customers
cross join chosen_preset
left join trusted_scores
    on selected_customers.customer_id = trusted_scores.customer_id
left join cells
    on
        chosen_preset.preset = cells.preset
        and trusted_scores.r = cells.r
        and trusted_scores.f = cells.f
        and trusted_scores.m = cells.m
order by selected_customers.customer_id
