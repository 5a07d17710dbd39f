with

orders as (

    select * from {{ ref('stg_orders') }}

),

lines as (

    select * from {{ ref('int_order_lines') }}

),

weighed_lines as (

    select
        *,
        case when is_gift_card then 0 else greatest(list_amount - discount_amount, 0) end as weight
    from lines

),

line_totals as (

    select
        order_id,
        sum(discount_amount) as discount_amount,
        sum(tax_amount) as tax_amount,
        sum(weight) as weight
    from weighed_lines
    group by order_id

),

-- What the order states and its lines do not: the rest of the discount, and the tax inside the
-- prices.
unexplained_amounts as (

    select
        orders.order_id,
        'discount' as kind,
        orders.discount_amount - line_totals.discount_amount as amount,
        line_totals.weight as goods_amount,
        line_totals.weight as paid_goods_amount
    from orders
    inner join line_totals
        on orders.order_id = line_totals.order_id
    where orders.discount_amount > line_totals.discount_amount
    union all
    select
        orders.order_id,
        'tax' as kind,
        orders.tax_amount as amount,
        line_totals.weight as goods_amount,
        line_totals.weight - greatest(orders.discount_amount - line_totals.discount_amount, 0)
            as paid_goods_amount
    from orders
    inner join line_totals
        on orders.order_id = line_totals.order_id
    where
        orders.prices_include_tax
        and orders.tax_amount > 0
        and line_totals.tax_amount = 0

),

-- Included tax also sits in the shipping, which takes its share and is no line. Lines weigh what they
-- cost before the order's discount, so the shipping weighs as much more as the goods were paid less.
parts as (

    select
        unexplained_amounts.order_id,
        unexplained_amounts.kind,
        unexplained_amounts.amount,
        weighed_lines.order_item_id,
        weighed_lines.line_no,
        case when unexplained_amounts.paid_goods_amount > 0 then weighed_lines.weight else 0 end
            as weight
    from unexplained_amounts
    inner join weighed_lines
        on unexplained_amounts.order_id = weighed_lines.order_id
    union all
    select
        unexplained_amounts.order_id,
        unexplained_amounts.kind,
        unexplained_amounts.amount,
        cast(null as varchar) as order_item_id,
        cast(null as bigint) as line_no,
        case
            when unexplained_amounts.paid_goods_amount < unexplained_amounts.goods_amount
                and unexplained_amounts.paid_goods_amount > 0
                then {{ part_of(
                    'orders.shipping_amount',
                    'unexplained_amounts.goods_amount',
                    'unexplained_amounts.paid_goods_amount',
                ) }}
            else orders.shipping_amount
        end as weight
    from unexplained_amounts
    inner join orders
        on unexplained_amounts.order_id = orders.order_id
    where
        unexplained_amounts.kind = 'tax'
        and orders.shipping_amount > 0

),

-- Whole cents wherever the amount is whole cents, else the last digit kept; all integers, so
-- parts sum exactly.
counted_parts as (

    select
        order_id,
        kind,
        order_item_id,
        line_no,
        case when amount % 0.01 = 0 then 0.01 else 0.0001 end as step_amount,
        cast(amount * 10000 as hugeint) // case when amount % 0.01 = 0 then 100 else 1 end
            as steps_to_share,
        case
            when sum(weight) over (partition by order_id, kind) = 0 then 1
            else cast(weight * 10000 as hugeint)
        end as weight
    from parts

),

floored_parts as (

    select
        *,
        steps_to_share * weight // sum(weight) over (partition by order_id, kind) as steps,
        steps_to_share * weight % sum(weight) over (partition by order_id, kind) as remainder
    from counted_parts

),

-- Largest remainder: the steps lost by flooring go to the parts that lost most.
shared_parts as (

    select
        order_item_id,
        kind,
        step_amount,
        steps + case
            when
                row_number() over (partition by order_id, kind order by remainder desc, line_no)
                <= steps_to_share - sum(steps) over (partition by order_id, kind)
                then 1
            else 0
        end as steps
    from floored_parts

)

select
    order_item_id,
    cast(
        coalesce(sum(steps * step_amount) filter (where kind = 'discount'), 0) as decimal(18, 4)
    ) as discount_amount,
    cast(
        coalesce(sum(steps * step_amount) filter (where kind = 'tax'), 0) as decimal(18, 4)
    ) as tax_amount
from shared_parts
where order_item_id is not null
group by order_item_id
