{% set additive = [
    'orders', 'new_customers', 'units', 'units_net', 'gross_revenue', 'discount_amount',
    'refund_amount', 'net_revenue', 'total_sales', 'contribution'
] -%}
with

periods as (

    select * from {{ function('report_periods') }}(start_date, end_date)

),

customers as (

    select
        customers.period,
        customers.customer_id,
        customers.is_anonymous,
        customers.identity_reliable,
        customers.is_active,
        customers.is_new,
        customers.is_returning,
        customers.orders,
        customers.net_revenue,
        customers.historic_ltv,
        customers.predicted_clv_12m
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}
    ) as customers

),

ranked_customers as (

    select
        customers.period,
        customers.net_revenue,
        row_number() over (
            partition by customers.period order by customers.net_revenue desc
        ) as position,
        count(*) over (partition by customers.period) as active_customers
    from customers
    where customers.is_active

),

-- The best fifth, by what they paid in the period, rounded up; which of equals is last in it does
-- not change the sum.
best_sums as (

    select
        ranked_customers.period,
        sum(ranked_customers.net_revenue) as top20_net_revenue
    from ranked_customers
    where ranked_customers.position <= ceil(ranked_customers.active_customers / 5.0)
    group by ranked_customers.period

),

customer_counts as (

    select
        customers.period,
        count(*) filter (where customers.is_active) as active_customers,
        count(*) filter (where customers.is_new) as new_customers,
        count(*) filter (where customers.is_returning and not customers.is_anonymous)
            as returning_customers,
        count(*) filter (where customers.is_active and customers.identity_reliable)
            as reliable_customers,
        count(*) filter (
            where customers.is_active and customers.identity_reliable and customers.is_returning
        ) as reliable_returning_customers,
        count(*) filter (
            where customers.is_active and customers.identity_reliable and customers.orders >= 2
        ) as repeat_customers,
        sum(customers.net_revenue) filter (where not customers.is_anonymous)
            as identified_net_revenue,
        sum(customers.historic_ltv) filter (where customers.is_active) as historic_ltv,
        sum(customers.predicted_clv_12m) filter (where customers.is_active) as predicted_clv,
        count(customers.predicted_clv_12m) filter (where customers.is_active)
            as predicted_customers
    from customers
    group by customers.period

),

-- What adds up needs no customer, but where bounds of revenue say whose it is.
bounded_customers as (

    select
        customers.period,
        customers.customer_id
    from customers
    where {{ asks_for_band() }} and not customers.is_anonymous

),

orders as (

    select
        periods.period,
        rows_of_period.*
    from {{ function('filtered_orders') }}({{ same_filters() }}) as rows_of_period
    inner join periods
        on rows_of_period.order_date between periods.first_day and periods.last_day
    left join bounded_customers
        on
            periods.period = bounded_customers.period
            and case when {{ asks_for_band() }} then rows_of_period.customer_id end
            = bounded_customers.customer_id
    where
        rows_of_period.order_date
        between {{ function('first_day_read') }}(start_date, end_date, null)
        and {{ function('last_day_read') }}(end_date)
        and (not {{ asks_for_band() }} or bounded_customers.customer_id is not null)

),

refunds as (

    select
        periods.period,
        rows_of_period.*
    from {{ function('filtered_refunds') }}({{ same_filters() }}) as rows_of_period
    inner join periods
        on rows_of_period.refund_date between periods.first_day and periods.last_day
    left join bounded_customers
        on
            periods.period = bounded_customers.period
            and case when {{ asks_for_band() }} then rows_of_period.customer_id end
            = bounded_customers.customer_id
    where
        rows_of_period.refund_date
        between {{ function('first_day_read') }}(start_date, end_date, null)
        and {{ function('last_day_read') }}(end_date)
        and (not {{ asks_for_band() }} or bounded_customers.customer_id is not null)

),

order_sums as (

    select
        orders.period,
        count(*) as orders,
        count(*) filter (where not orders.is_anonymous) as identified_orders,
        count(*) filter (where orders.has_refund) as refunded_orders,
        sum(orders.units) as units,
        sum(orders.units - orders.refunded_units) as units_net,
        sum(orders.gross_revenue) as gross_revenue,
        sum(orders.discount_amount) as discount_amount,
        sum(orders.revenue_before_refunds) as revenue_before_refunds,
        sum(orders.revenue_before_refunds) filter (where orders.has_cost) as costed_revenue,
        sum(orders.refund_amount_order_basis) as refund_amount_order_basis,
        sum(orders.net_revenue_order_basis) as net_revenue_order_basis,
        median(cast(orders.net_revenue_order_basis as double)) as median_order_value,
        sum(orders.shipping_amount) as shipping_amount,
        sum(orders.tax_amount) as tax_amount,
        sum(orders.contribution_before_refunds) as contribution,
        sum(orders.contribution_before_refunds) filter (where not orders.is_anonymous)
            as identified_contribution
    from orders
    group by orders.period

),

refund_sums as (

    select
        refunds.period,
        sum(refunds.refund_amount) as refund_amount,
        sum(refunds.refunded_shipping_amount) as shipping_amount,
        sum(refunds.refunded_tax_amount) as tax_amount,
        sum(refunds.contribution) as contribution,
        sum(refunds.contribution) filter (where not refunds.is_anonymous)
            as identified_contribution
    from refunds
    group by refunds.period

),

people_counts as (

    select *
    from {{ function('period_people') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}
    )

),

-- Visits are the whole shop's: of a part of its orders or customers nobody knows them.
visit_sums as (

    select
        periods.period,
        sum(visits.orders) as web_orders,
        sum(visits.sessions) as sessions
    from {{ ref('agg_funnel_daily') }} as visits
    inner join periods
        on visits.date between periods.first_day and periods.last_day
    where not {{ asks_for_anything() }}
    group by periods.period

),

-- A period without an order and a refund has no figures, not zeros that were counted.
customer_sums as (

    select
        customer_counts.*,
        coalesce(order_sums.orders, 0) as orders,
        coalesce(order_sums.identified_orders, 0) as identified_orders,
        coalesce(order_sums.refunded_orders, 0) as refunded_orders,
        coalesce(order_sums.units, 0) as units,
        coalesce(order_sums.units_net, 0) as units_net,
        coalesce(order_sums.gross_revenue, 0) as gross_revenue,
        coalesce(order_sums.discount_amount, 0) as discount_amount,
        coalesce(order_sums.revenue_before_refunds, 0) as revenue_before_refunds,
        coalesce(order_sums.costed_revenue, 0) as costed_revenue,
        coalesce(order_sums.refund_amount_order_basis, 0) as refund_amount_order_basis,
        coalesce(order_sums.net_revenue_order_basis, 0) as net_revenue_order_basis,
        order_sums.median_order_value,
        coalesce(refund_sums.refund_amount, 0) as refund_amount,
        coalesce(order_sums.revenue_before_refunds, 0) - coalesce(refund_sums.refund_amount, 0)
            as net_revenue,
        coalesce(order_sums.revenue_before_refunds, 0) - coalesce(refund_sums.refund_amount, 0)
        + coalesce(order_sums.shipping_amount, 0) - coalesce(refund_sums.shipping_amount, 0)
        + coalesce(order_sums.tax_amount, 0) - coalesce(refund_sums.tax_amount, 0) as total_sales,
        coalesce(
            order_sums.contribution + refund_sums.contribution,
            order_sums.contribution,
            refund_sums.contribution
        ) as contribution,
        coalesce(
            order_sums.identified_contribution + refund_sums.identified_contribution,
            order_sums.identified_contribution,
            refund_sums.identified_contribution
        ) as identified_contribution
    from customer_counts
    left join order_sums
        on customer_counts.period = order_sums.period
    left join refund_sums
        on customer_counts.period = refund_sums.period

),

measures as (

    select
        periods.period,
        periods.is_complete,
        unnest([
            {{ counted('orders') }},
            {{ counted('active_customers') }},
            {{ counted('new_customers') }},
            {{ counted('returning_customers') }},
            {{ divided('repeat_purchase_rate', 'repeat_customers', 'reliable_customers') }},
            {{ divided('returning_customer_rate', 'reliable_returning_customers', 'reliable_customers') }},
            {{ divided('orders_per_active_customer', 'identified_orders', 'active_customers') }},
            {{ measured('acquired_per_day', 'coalesce(customer_sums.new_customers, 0)', 'periods.elapsed_days') }},
            {{ measured('days_per_new_customer', 'periods.elapsed_days', 'coalesce(customer_sums.new_customers, 0)') }},
            {{ counted('units') }},
            {{ counted('units_net') }},
            {{ divided('units_per_order', 'units_net', 'orders') }},
            {{ counted('gross_revenue') }},
            {{ counted('discount_amount') }},
            {{ divided('discount_rate', 'discount_amount', 'gross_revenue') }},
            {{ counted('refund_amount') }},
            {{ divided('refund_rate', 'refund_amount', 'gross_revenue') }},
            {{ divided('refund_rate_order_basis', 'refund_amount_order_basis', 'gross_revenue') }},
            {{ divided('refunded_order_rate', 'refunded_orders', 'orders') }},
            {{ counted('net_revenue') }},
            {{ divided('aov', 'net_revenue_order_basis', 'orders') }},
            {{ divided('gross_aov', 'gross_revenue', 'orders') }},
            {{ counted('median_order_value', missing='null') }},
            {{ divided('revenue_per_customer', 'identified_net_revenue', 'active_customers') }},
            {{ counted('total_sales') }},
            {{ counted('contribution', missing='null') }},
            {{ divided('cost_coverage_rate', 'costed_revenue', 'revenue_before_refunds') }},
            {{ measured(
                'profit_per_customer',
                'case when customer_sums.costed_revenue >= 0.95 * customer_sums.revenue_before_refunds'
                ~ ' then customer_sums.identified_contribution end',
                'coalesce(customer_sums.active_customers, 0)'
            ) }},
            {{ measured('top20_net_revenue', 'coalesce(best_sums.top20_net_revenue, 0)') }},
            {{ measured(
                'top20_share',
                'coalesce(best_sums.top20_net_revenue, 0)',
                'coalesce(customer_sums.identified_net_revenue, 0)'
            ) }},
            {{ measured('new_customers_per_day', 'coalesce(people_counts.new_people, 0)', 'periods.elapsed_days') }},
            {{ measured('customers_trial', 'coalesce(people_counts.customers_trial, 0)') }},
            {{ measured('customers_one_time', 'coalesce(people_counts.customers_one_time, 0)') }},
            {{ measured('customers_recurring', 'coalesce(people_counts.customers_recurring, 0)') }},
            {{ divided('avg_historic_ltv', 'historic_ltv', 'active_customers') }},
            {{ divided('avg_predicted_clv', 'predicted_clv', 'predicted_customers') }},
            {{ measured(
                'avg_ltv_simple',
                'coalesce(customer_sums.net_revenue_order_basis * customer_sums.identified_orders'
                ~ ' / nullif(customer_sums.orders, 0), 0)',
                'coalesce(people_counts.lapses, 0)'
            ) }},
            {{ measured('conversion_rate', 'visit_sums.web_orders', 'visit_sums.sessions') }}
        ]) as measure
    from periods
    left join customer_sums
        on periods.period = customer_sums.period
    left join best_sums
        on periods.period = best_sums.period
    left join people_counts
        on periods.period = people_counts.period
    left join visit_sums
        on periods.period = visit_sums.period

),

-- A target is of a month, a store and a channel, or all of them: no other choice has one. Of several
-- whole months it is their sum, where the figure itself is.
target_months as (

    select
        periods.first_day,
        periods.last_day,
        date_diff('month', periods.first_day, periods.last_day) + 1 as months
    from periods
    where
        periods.period = 'current'
        and periods.first_day = date_trunc('month', periods.first_day)
        and periods.last_day = last_day(periods.last_day)
        and not (
            {{ asks_for_customers() }}
            or {{ asks_for_band() }}
            or {{ asks_for_products() }}
            or {{ function('is_given') }}(country)
            or {{ function('is_given') }}(region)
            or {{ function('is_given') }}(city)
            or {{ function('is_given') }}(campaign)
        )

),

target_sums as (

    select
        targets.metric,
        case
            when
                count(*) = any_value(target_months.months)
                and (count(*) = 1 or targets.metric in ('{{ additive | join("', '") }}'))
                then sum(targets.target)
        end as target
    from {{ ref('kpi_targets') }} as targets
    inner join target_months
        on targets.month between target_months.first_day and target_months.last_day
    where
        targets.store_id = coalesce(nullif(trim(cast(store as varchar)), ''), '(all)')
        and targets.channel = coalesce(nullif(trim(cast(channel as varchar)), ''), '(all)')
    group by targets.metric

),

metric_values as (

    select
        measures.period,
        measures.is_complete,
        measures.measure.metric as metric,
        measures.measure.numerator as numerator,
        measures.measure.denominator as denominator,
        case
            when measures.measure.is_ratio
                then {{ ratio('measures.measure.numerator', 'measures.measure.denominator') }}
            else cast(measures.measure.numerator as double)
        end as value
    from measures

)

select
    metric_values.metric,
    max(metric_values.value) filter (where metric_values.period = 'current') as value,
    max(metric_values.numerator) filter (where metric_values.period = 'current') as numerator,
    max(metric_values.denominator) filter (where metric_values.period = 'current') as denominator,
    max(metric_values.value) filter (where metric_values.period = 'prev') as prev,
    max(metric_values.value) filter (where metric_values.period = 'yoy') as yoy,
    any_value(target_sums.target) as target,
    bool_and(metric_values.is_complete) filter (where metric_values.period = 'current')
        as is_complete
from metric_values
left join target_sums
    on metric_values.metric = target_sums.metric
group by metric_values.metric
order by metric_values.metric
