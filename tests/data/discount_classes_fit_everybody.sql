-- Whatever number of orders up to 20, and of them discounted: some class fits, and each class fits somebody.
with

customers as (

    select
        orders.n as orders,
        discounted.n as discounted_orders
    from range(1, 21) as orders (n)
    cross join lateral (select unnest(range(0, orders.n + 1)) as n) as discounted

),

classes as (

    select * from {{ ref('discount_classes') }}

),

fits as (

    select
        customers.orders,
        customers.discounted_orders,
        classes.discount_class
    from customers
    left join classes
        on {{ fits_discount_class('customers', 'classes') }}
    qualify row_number() over (
        partition by customers.orders, customers.discounted_orders order by classes.sort
    ) = 1

)

select
    classes.discount_class,
    fits.orders,
    fits.discounted_orders
from classes
full join fits
    on classes.discount_class = fits.discount_class
where classes.discount_class is null or fits.orders is null
