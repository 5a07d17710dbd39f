with

orders as (

    select * from {{ ref('int_orders_classified') }}

),

chosen_day as (

    select
        coalesce(
            {% if var('as_of', none) is not none %}cast('{{ var("as_of") }}' as date),{% endif %}
            max(order_date) + 1
        ) as as_of
    from orders
    where is_valid

)

-- A shop without a valid order has seen nothing: no day, so no row anywhere.
select as_of
from chosen_day
where as_of is not null
