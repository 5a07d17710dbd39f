{{ config(severity='warn') }}
-- A country's name that seed country_names does not translate is kept as it is and listed here.
select
    country_code,
    count(*) as orders
from {{ ref('fct_orders') }}
where
    country_code <> '(unknown)'
    and not regexp_full_match(country_code, '[A-Z]{2}')
group by country_code
