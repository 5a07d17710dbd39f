{% set presets = var('rfm_presets') or [var('rfm_preset')] %}
-- depends_on: {{ ref('rfm_thresholds') }}
with

bases as (

    select * from {{ ref('int_rfm_bases') }}

),

cells as (

    select *
    from {{ ref('int_rfm_cells') }}
    where preset in ('{{ presets | join("', '") }}')

),

measures as (

    select
        customer_id,
        month,
        as_of,
        recency_days,
        orders,
        gross_revenue,
        net_revenue,
        count(*) over (partition by as_of) as base_n,
        {{ one_of('rfm_frequency', var('rfm_frequency'), ['orders', 'purchase_days']) }}
            as frequency,
        {% if one_of('rfm_monetary', var('rfm_monetary'), ['net_revenue', 'gross_revenue', 'contribution', 'aov']) == 'aov' %}
        cast(round(net_revenue / orders, 4) as decimal(18, 4)) as monetary
        {% else %}
        {{ var('rfm_monetary') }} as monetary
        {% endif %}
    from bases

),

{% if one_of('rfm_scoring', var('rfm_scoring'), ['quantile', 'ntile', 'fixed']) == 'fixed' %}
-- An empty bound is open.
thresholds as (

    select
        measure,
        score,
        coalesce(value_from, -99999999999999) as value_from,
        coalesce(value_to_excl, 99999999999999) as value_to_excl
    from {{ ref('rfm_thresholds') }}

),

scored_customers as (

    select
        measures.*,
        recency_thresholds.score as r,
        frequency_thresholds.score as f,
        monetary_thresholds.score as m
    from measures
    left join thresholds as recency_thresholds
        on
            recency_thresholds.measure = 'recency_days'
            and measures.recency_days >= recency_thresholds.value_from
            and measures.recency_days < recency_thresholds.value_to_excl
    left join thresholds as frequency_thresholds
        on
            frequency_thresholds.measure = 'frequency'
            and measures.frequency >= frequency_thresholds.value_from
            and measures.frequency < frequency_thresholds.value_to_excl
    left join thresholds as monetary_thresholds
        on
            monetary_thresholds.measure = 'monetary'
            and measures.monetary >= monetary_thresholds.value_from
            and measures.monetary < monetary_thresholds.value_to_excl

),
{% elif var('rfm_scoring') == 'ntile' %}
-- Fifths of equal size: customers with equal values may get different scores. For comparison
-- with other tools.
scored_customers as (

    select
        *,
        ntile(5) over (partition by as_of order by recency_days desc, customer_id) as r,
        ntile(5) over (partition by as_of order by frequency, customer_id) as f,
        ntile(5) over (partition by as_of order by monetary nulls first, customer_id) as m
    from measures

),
{% else %}
ranked_customers as (

    select
        *,
        rank() over (partition by as_of order by recency_days desc) as recency_rank,
        rank() over (partition by as_of order by frequency) as frequency_rank,
        rank() over (partition by as_of order by monetary nulls first) as monetary_rank
    from measures

),

-- Equal values share a rank, worst first, and so a score.
scored_customers as (

    select
        *,
        1 + 5 * (recency_rank - 1) // base_n as r,
        1 + 5 * (frequency_rank - 1) // base_n as f,
        1 + 5 * (monetary_rank - 1) // base_n as m
    from ranked_customers

),
{% endif %}

-- Too few customers make no fifths: they are listed without scores.
trusted_scores as (

    select
        customer_id,
        month,
        as_of,
        recency_days,
        frequency,
        monetary,
        orders,
        gross_revenue,
        net_revenue,
        base_n,
        case when base_n >= {{ var('rfm_min_customers') }} then r end as r,
        case when base_n >= {{ var('rfm_min_customers') }} then f end as f,
        case when base_n >= {{ var('rfm_min_customers') }} then m end as m
    from scored_customers

),

presets as (

    select preset from cells group by preset

)

select
    trusted_scores.customer_id,
    trusted_scores.as_of,
    presets.preset,
    trusted_scores.month,
    trusted_scores.recency_days,
    trusted_scores.frequency,
    trusted_scores.monetary,
    trusted_scores.orders,
    trusted_scores.gross_revenue,
    trusted_scores.net_revenue,
    cast(trusted_scores.r as integer) as r,
    cast(trusted_scores.f as integer) as f,
    cast(trusted_scores.m as integer) as m,
    cast(cells.fm as decimal(3, 1)) as fm,
    case
        when trusted_scores.base_n < {{ var('rfm_min_customers') }} then 'insufficient_data'
        else cells.segment
    end as segment,
    trusted_scores.base_n
from trusted_scores
cross join presets
left join cells
    on
        presets.preset = cells.preset
        and trusted_scores.r = cells.r
        and trusted_scores.f = cells.f
        and trusted_scores.m = cells.m
