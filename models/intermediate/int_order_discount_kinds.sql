with

discounts as (

    select *
    from {{ ref('stg_order_discounts') }}
    where amount > 0

),

promotions as (

    select * from {{ ref('stg_promotions') }}

),

-- By their number, or by their code where the discount has no number.
free_shipping as (

    select
        promotion_id,
        upper(trim(code)) as code
    from promotions
    where value_type = 'free_shipping'

),

explained_discounts as (

    select
        order_id,
        nullif(upper(trim(code)), '') as code,
        coalesce(discount_type, case when code is null then 'automatic' else 'coupon' end) = 'coupon'
            as is_coupon,
        case
            when promotion_id in (select promotion_id from free_shipping) then 0
            when
                promotion_id is null
                and upper(trim(code)) in (select code from free_shipping where code is not null)
                then 0
            else amount
        end as goods_amount
    from discounts

)

select
    order_id,
    cast(sum(goods_amount) as decimal(18, 4)) as goods_amount,
    cast(coalesce(sum(goods_amount) filter (where is_coupon), 0) as decimal(18, 4))
        as coupon_amount,
    array_to_string(
        list_sort(list(distinct code) filter (where is_coupon and code is not null)), ', '
    ) as coupon_codes
from explained_discounts
group by order_id
