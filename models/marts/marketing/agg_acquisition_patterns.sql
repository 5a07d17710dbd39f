with

customers as (

    select * from {{ ref('int_customer_acquisition') }}

),

values_by_age as (

    select * from {{ ref('int_customer_ltv') }}

),

products as (

    select * from {{ ref('dim_products') }}

)

select
    customers.cohort_month as month,
    customers.marketing_channel as channel,
    customers.first_product_id,
    coalesce(products.product_name, customers.first_product_id) as first_product_name,
    customers.region_id,
    customers.device,
    count(*) as new_customers,
    count(values_by_age.net_revenue_90d) as mature_customers_90d,
    cast(sum(values_by_age.net_revenue_90d) as decimal(18, 4)) as net_revenue_90d,
    {{ ratio('sum(values_by_age.net_revenue_90d)', 'count(values_by_age.net_revenue_90d)') }}
        as ltv_90
from customers
left join values_by_age
    on customers.customer_id = values_by_age.customer_id
left join products
    on customers.first_product_id = products.product_id
group by all
