-- What really led to each order of the web shop: the channel that won the person, the channel of the
-- visit, and the promotion or campaign without which it would not be there.
select
    'o' || orders.order_key as order_id,
    orders.acquisition_channel,
    visits.channel as visit_channel,
    visits.device,
    case when orders.origin = 'campaign' then campaigns.campaign_id end as caused_by_campaign_id,
    case when orders.origin = 'promotion' then 'promo' || orders.purchase_no end
    as caused_by_promotion_id
from {{ ref('gen_orders') }} as orders
inner join {{ ref('gen_order_visits') }} as visits on visits.order_key = orders.order_key
left join {{ ref('gen_campaigns') }} as campaigns on campaigns.campaign_no = orders.purchase_no
