-- Everybody is in exactly one RFM segment and one value tier.
select
    customers.customer_id,
    count(*) filter (where members.kind = 'rfm') as rfm_segments,
    count(*) filter (where members.kind = 'value_tier') as value_tiers
from {{ ref('dim_customers') }} as customers
left join {{ ref('bridge_customer_segments') }} as members
    on customers.customer_id = members.customer_id
group by customers.customer_id
having
    count(*) filter (where members.kind = 'rfm') <> 1
    or count(*) filter (where members.kind = 'value_tier') <> 1
