with

orders as (

    select * from {{ ref('int_orders_classified') }}

),

currencies as (

    select
        currency,
        row_number() over (order by count(*) desc, currency) as position
    from orders
    where is_valid
    group by currency

),

chosen_currency as (

    select
        coalesce(
            {% if var('currency', none) is not none %}'{{ var("currency") }}',{% endif %}
            min(currency)
        ) as currency
    from currencies
    where position = 1

)

select currency
from chosen_currency
where currency is not null
