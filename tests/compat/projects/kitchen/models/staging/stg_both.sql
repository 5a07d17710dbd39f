{{ config(materialized='ephemeral') }}
with recursive counting as (select 1 as n union all select n + 1 from counting where n < 3),
joined as (select o.*, c.name as country_name from {{ ref('stg_orders') }} o left join {{ ref('stg_countries') }} c on c.code = o.country)
select * from joined cross join (select max(n) as top from counting) m
