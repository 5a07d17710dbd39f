with

customers as (

    select *
    from {{ function('period_customers') }}(
        start_date, end_date, {{ same_filters() }}, {{ same_band() }}, of_periods := 'current'
    )

),

profiles as (

    select * from {{ ref('dim_customers') }}

),

-- An aggregate is computed also where nobody is found: what is no choice is an error there, too.
choices as (

    select
        bool_and(
            case
                when
                    {{ function('as_choice') }}(order_by, 'net_revenue') not in (
                        'net_revenue', 'gross_revenue', 'total_sales', 'contribution', 'refund_amount',
                        'orders', 'units', 'historic_ltv', 'recency'
                    )
                    then error('order_by is none of: net_revenue, gross_revenue, total_sales, contribution, refund_amount, orders, units, historic_ltv, recency')
                else
                    coalesce({{ function('as_row_count') }}(limit_n, 'limit_n'), 0) >= 0
                    and coalesce({{ function('as_row_count') }}(offset_n, 'offset_n'), 0) >= 0
            end
        ) as are_known

),

listed_customers as (

    select
        customers.customer_id,
        profiles.country_code,
        profiles.city,
        profiles.language,
        profiles.email_consent,
        profiles.first_order_date,
        profiles.last_order_date,
        profiles.rfm_segment,
        profiles.is_lapsed,
        profiles.historic_ltv,
        customers.is_new,
        customers.is_returning,
        customers.identity_reliable,
        customers.orders,
        customers.units,
        customers.gross_revenue,
        customers.discount_amount,
        customers.refund_amount,
        customers.net_revenue,
        customers.total_sales,
        customers.contribution,
        {{ ratio('customers.net_revenue_order_basis', 'customers.orders') }} as aov,
        case {{ function('as_choice') }}(order_by, 'net_revenue')
            when 'net_revenue' then customers.net_revenue
            when 'gross_revenue' then customers.gross_revenue
            when 'total_sales' then customers.total_sales
            when 'contribution' then customers.contribution
            when 'refund_amount' then customers.refund_amount
            when 'orders' then customers.orders
            when 'units' then customers.units
            when 'historic_ltv' then profiles.historic_ltv
            when 'recency' then profiles.last_order_date - date '1970-01-01'
        end as sort_value
    from customers
    cross join choices
    inner join profiles
        on customers.customer_id = profiles.customer_id
    where customers.is_active and choices.are_known

)

select listed_customers.* exclude (sort_value)
from listed_customers
order by listed_customers.sort_value desc nulls last, listed_customers.customer_id
limit {{ function('as_row_count') }}(limit_n, 'limit_n')
offset {{ function('as_row_count') }}(offset_n, 'offset_n')
