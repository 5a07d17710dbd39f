-- model.golden.country_view
create or replace view "warehouse"."main_marts"."country_view" as

select country, sum(amount) as amount from "main"."stg_orders" group by country;

-- model.golden.customers
create or replace table "warehouse"."main_marts"."customers" as
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
group by customer_id;
comment on table "warehouse"."main_marts"."customers" is 'Customers.';

-- model.golden.orders_log
create or replace table "warehouse"."main_marts"."orders_log" as

select order_id, amount from "warehouse"."main"."stg_orders"
;

-- model.golden.stg_orders
create or replace table "warehouse"."main"."stg_orders" as
select order_id, customer_id, status, amount, country, note
from (select "order_id" as "order_id", "customer_id" as "customer_id", "status" as "status", "amount" as "amount", "country" as "country", cast(null as varchar) as "note" from read_csv(['data/orders.csv'], auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {'order_id': 'integer', 'customer_id': 'integer', 'status': 'varchar', 'amount': 'decimal(18,4)', 'country': 'varchar'}));
