{% set asks = asks_for_anything() | replace('(segment)', '(null)') -%}
with

members as (

    select * from {{ function('audience_members') }}(key := segment)

),

base_members as (

    select * from {{ function('audience_members') }}(key := versus)

),

customers as (

    select * from {{ ref('dim_customers') }}

),

chosen as (

    select * from {{ function('chosen_customers') }}(
        {{ other_filters('segment') }}
    )

),

customer_categories as (

    select * from {{ ref('fct_customer_categories') }}

),

-- Nothing named is everybody who has bought.
placed_customers as (

    select
        'segment' as side,
        customers.*
    from members
    inner join customers
        on members.customer_id = customers.customer_id
    left join chosen
        on members.customer_id = chosen.customer_id
    where
        ({{ function('is_given') }}(segment) or customers.orders > 0)
        and (not {{ asks }} or chosen.customer_id is not null)
    union all
    select
        'base' as side,
        customers.*
    from base_members
    inner join customers
        on base_members.customer_id = customers.customer_id
    left join chosen
        on base_members.customer_id = chosen.customer_id
    where
        ({{ function('is_given') }}(versus) or customers.orders > 0)
        and (not {{ asks }} or chosen.customer_id is not null)

),

-- An aggregate is computed also where nobody is found: what is no choice is an error there, too.
choices as (

    select
        bool_and(
            case
                when
                    not {{ function('is_given') }}("by")
                    or regexp_full_match(
                        lower(trim(cast("by" as varchar))),
                        '((figure|category|buying_archetype|value_tier|rfm_segment|discount_class|country|city|language|first_channel)\s*(,\s*|$))+'
                    )
                    then true
                else error('by is none of: figure, category, buying_archetype, value_tier, rfm_segment, discount_class, country, city, language, first_channel')
            end
        ) as are_known

),

figures as (

    select
        placed_customers.side,
        'figure' as dimension,
        unnest([
            {{ figure('customers', 'count(*)') }},
            {{ figure('net_revenue_per_customer', 'sum(placed_customers.net_revenue)', 'count(*)') }},
            {{ figure('orders_per_customer', 'sum(placed_customers.orders)', 'count(*)') }},
            {{ figure('aov', 'sum(placed_customers.net_revenue_order_basis)', 'sum(placed_customers.orders)') }},
            {{ figure('discount_rate', 'sum(placed_customers.discount_amount)', 'sum(placed_customers.gross_revenue)') }},
            {{ figure(
                'single_order_share',
                'count(*) filter (where placed_customers.orders = 1)',
                'count(*) filter (where placed_customers.orders > 0)'
            ) }},
            {{ figure(
                'lapsed_share',
                'count(*) filter (where placed_customers.is_lapsed)',
                'count(*) filter (where placed_customers.orders > 0)'
            ) }},
            {{ figure('mailable_share', 'count(*) filter (where placed_customers.is_mailable)', 'count(*)') }},
            {{ figure('gap_days_p25', 'quantile_cont(placed_customers.median_gap_days, 0.25)') }},
            {{ figure('gap_days_median', 'quantile_cont(placed_customers.median_gap_days, 0.5)') }},
            {{ figure('gap_days_p75', 'quantile_cont(placed_customers.median_gap_days, 0.75)') }},
            {{ figure('recency_days_median', 'quantile_cont(placed_customers.recency_days, 0.5)') }},
            {{ figure('tenure_days_median', 'quantile_cont(placed_customers.tenure_days, 0.5)') }},
            {{ figure('orders_per_year_median', 'quantile_cont(placed_customers.orders_per_year, 0.5)') }}
        ]) as figure
    from placed_customers
    group by placed_customers.side

),

traits as (

    select
        placed_customers.side,
        unnest([
            {'dimension': 'buying_archetype', 'trait': placed_customers.buying_archetype},
            {'dimension': 'value_tier', 'trait': placed_customers.value_tier},
            {'dimension': 'rfm_segment', 'trait': placed_customers.rfm_segment},
            {'dimension': 'discount_class', 'trait': placed_customers.discount_class},
            {'dimension': 'country', 'trait': placed_customers.country_code},
            {'dimension': 'city', 'trait': placed_customers.city},
            {'dimension': 'language', 'trait': placed_customers.language},
            {'dimension': 'first_channel', 'trait': placed_customers.first_channel}
        ]) as trait
    from placed_customers

),

trait_counts as (

    select
        traits.side,
        traits.trait.dimension as dimension,
        coalesce(traits.trait.trait, '(unknown)') as dimension_value,
        cast(count(*) as decimal(38, 4)) as numerator
    from traits
    group by 1, 2, 3

),

category_sums as (

    select
        placed_customers.side,
        'category' as dimension,
        customer_categories.category as dimension_value,
        cast(sum(customer_categories.net_revenue_order_basis) as decimal(38, 4)) as numerator
    from placed_customers
    inner join customer_categories
        on placed_customers.customer_id = customer_categories.customer_id
    group by placed_customers.side, customer_categories.category

),

shares as (

    select
        counts.side,
        counts.dimension,
        counts.dimension_value,
        counts.numerator,
        sum(counts.numerator) over (partition by counts.side, counts.dimension) as denominator
    from (
        select * from trait_counts
        union all
        select * from category_sums
    ) as counts

),

lines as (

    select
        shares.side,
        shares.dimension,
        shares.dimension_value,
        shares.numerator,
        cast(shares.denominator as decimal(38, 4)) as denominator,
        {{ ratio('shares.numerator', 'shares.denominator') }} as value
    from shares
    union all
    select
        figures.side,
        figures.dimension,
        figures.figure.name as dimension_value,
        figures.figure.numerator,
        figures.figure.denominator,
        case
            when figures.figure.is_ratio
                then {{ ratio('figures.figure.numerator', 'figures.figure.denominator') }}
            else cast(figures.figure.numerator as double)
        end as value
    from figures

),

sizes as (

    select
        count(*) filter (where placed_customers.side = 'segment') as segment_customers,
        count(*) filter (where placed_customers.side = 'base') as base_customers
    from placed_customers

),

segment_lines as (

    select * from lines where lines.side = 'segment'

),

base_lines as (

    select * from lines where lines.side = 'base'

),

-- A value that only one side has is a share of 0 in the other.
compared as (

    select
        coalesce(segment_lines.dimension, base_lines.dimension) as dimension,
        coalesce(segment_lines.dimension_value, base_lines.dimension_value) as dimension_value,
        segment_lines.value,
        segment_lines.numerator,
        segment_lines.denominator,
        base_lines.value as base_value,
        base_lines.numerator as base_numerator,
        base_lines.denominator as base_denominator
    from segment_lines
    full join base_lines
        on
            segment_lines.dimension = base_lines.dimension
            and segment_lines.dimension_value = base_lines.dimension_value

)

select
    compared.dimension,
    compared.dimension_value,
    case
        when compared.dimension <> 'figure' and sizes.segment_customers > 0
            then coalesce(compared.value, 0)
        else compared.value
    end as value,
    case
        when compared.dimension <> 'figure' and sizes.segment_customers > 0
            then coalesce(compared.numerator, 0)
        else compared.numerator
    end as numerator,
    case
        when compared.dimension <> 'figure'
            then coalesce(
                compared.denominator, max(compared.denominator) over (partition by compared.dimension)
            )
        else compared.denominator
    end as denominator,
    case
        when compared.dimension <> 'figure' and sizes.base_customers > 0
            then coalesce(compared.base_value, 0)
        else compared.base_value
    end as base_value,
    case
        when compared.dimension <> 'figure' and sizes.base_customers > 0
            then coalesce(compared.base_numerator, 0)
        else compared.base_numerator
    end as base_numerator,
    case
        when compared.dimension <> 'figure'
            then coalesce(
                compared.base_denominator,
                max(compared.base_denominator) over (partition by compared.dimension)
            )
        else compared.base_denominator
    end as base_denominator,
    case
        when compared.dimension_value = 'customers' and compared.dimension = 'figure' then null
        when compared.dimension <> 'figure' and sizes.segment_customers > 0
            then 100 * coalesce(compared.value, 0) / nullif(compared.base_value, 0)
        else 100 * compared.value / nullif(compared.base_value, 0)
    end as index_to_base,
    sizes.segment_customers < {{ var('low_n_threshold') }} as is_low_n
from compared
cross join sizes
cross join choices
where
    choices.are_known
    and {{ function('is_any_of') }}(compared.dimension, lower(cast("by" as varchar)))
order by compared.dimension, value desc nulls last, compared.dimension_value
