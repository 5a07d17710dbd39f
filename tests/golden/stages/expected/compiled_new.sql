-- model.golden.country_view
select country, sum(amount) as amount from "warehouse"."main"."stg_orders" group by country

-- model.golden.customers
-- one row a customer
with __dbt__cte__stg_refunds as (

select order_id, sum(amount) as refunded
from (select cast(null as integer) as "order_id", cast(null as decimal(18,4)) as "amount" where false)
group by order_id
), __dbt__cte__stg_named as (

with countries as (select * from "warehouse"."main"."countries")
select orders.*, countries.name as country_name, coalesce(refunds.refunded, 0) as refunded
from "warehouse"."main"."stg_orders" as orders
left join countries on countries.code = orders.country
left join __dbt__cte__stg_refunds as refunds using (order_id)
)
select
    customer_id,
    count(*) as order_count,
    
    sum(case when status = 'placed' then cast(round(amount * 100) as bigint) else 0 end) as placed_cents,
    sum(case when status = 'shipped' then cast(round(amount * 100) as bigint) else 0 end) as shipped_cents
from __dbt__cte__stg_named
group by customer_id

-- model.golden.orders_log
select order_id, amount from "warehouse"."main"."stg_orders"

-- model.golden.stg_orders
select order_id, customer_id, status, amount, country, note
from (select "order_id" as "order_id", "customer_id" as "customer_id", "status" as "status", "amount" as "amount", "country" as "country", cast(null as varchar) as "note" from read_csv(['data/orders.csv'], auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {'order_id': 'integer', 'customer_id': 'integer', 'status': 'varchar', 'amount': 'decimal(18,4)', 'country': 'varchar'}))

-- test.golden.grain_customers_customer_id.92e1a393d8
select "customer_id", count(*) as n_records
from "warehouse"."main_marts"."customers"
group by "customer_id"
having count(*) > 1 or bool_or("customer_id" is null)

-- test.golden.not_null_customers_order_count.f60dfe3b39
select *
from (select * from "warehouse"."main_marts"."customers" where order_count > 0) dbt_subquery
where order_count is null

-- test.golden.source_not_null_shop_orders_order_id.f17f370b4b
select *
from (select "order_id" as "order_id", "customer_id" as "customer_id", "status" as "status", "amount" as "amount", "country" as "country", cast(null as varchar) as "note" from read_csv(['data/orders.csv'], auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {'order_id': 'integer', 'customer_id': 'integer', 'status': 'varchar', 'amount': 'decimal(18,4)', 'country': 'varchar'}))
where order_id is null
