-- Planted pairs: the share of orders, opened by the first family, that the second one was added to
-- on purpose; and what came of it, in orders that count and without presents.
with lines as (

    select
        lines.order_key,
        lines.product_no // 100 as family_no
    from {{ ref('gen_order_lines') }} as lines
    inner join {{ ref('truth_orders') }} as orders on orders.order_id = 'o' || lines.order_key
    where
        orders.is_counted
        and not lines.is_gift
    group by 1, 2

),

families as (

    select
        family_no,
        count(*) as order_count
    from lines
    group by family_no

),

together as (

    select
        pairs.family_no,
        pairs.partner_family_no,
        count(*) as order_count
    from {{ ref('law_pairs') }} as pairs
    inner join lines on lines.family_no = pairs.family_no
    inner join lines as partners
        on partners.family_no = pairs.partner_family_no
        and partners.order_key = lines.order_key
    group by 1, 2

),

counted as (

    select count(distinct order_key) as order_count
    from lines

)

select
    'p' || pairs.family_no * 100 as product_id,
    'p' || pairs.partner_family_no * 100 as partner_product_id,
    pairs.share as planted_share,
    counted.order_count as orders,
    coalesce(firsts.order_count, 0) as product_orders,
    coalesce(seconds.order_count, 0) as partner_orders,
    coalesce(together.order_count, 0) as common_orders,
    coalesce(together.order_count, 0) / nullif(counted.order_count, 0) as support,
    coalesce(together.order_count, 0) * counted.order_count::double
    / nullif(firsts.order_count * seconds.order_count, 0) as lift
from {{ ref('law_pairs') }} as pairs
cross join counted
left join families as firsts on firsts.family_no = pairs.family_no
left join families as seconds on seconds.family_no = pairs.partner_family_no
left join together
    on together.family_no = pairs.family_no
    and together.partner_family_no = pairs.partner_family_no
