{{ config(type='table') }}

with

attributions as (

    select * from {{ ref('int_order_attribution') }}

)

select attributions.order_id
from attributions
where
    {{ function('is_given') }}(campaign)
    and attributions.model = 'last_non_direct'
    and {{ function('is_any_of') }}(coalesce(attributions.campaign_id, '(none)'), campaign)
group by attributions.order_id
