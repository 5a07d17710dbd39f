-- What is in each order. The budget is split over the lines; each line takes the size of its
-- product whose price is nearest to its part of the budget. Line 9 is a present of the house.
with checkouts as (

    select
        order_key,
        country_code,
        date_trunc('month', ordered_at)::date as month,
        taste,
        budget_cents,
        promotion_no,
        -- 1 to 5 lines, of eight euros or more on average
        greatest(1, least(
            case
                when lines_draw < 0.44 then 1
                when lines_draw < 0.71 then 2
                when lines_draw < 0.87 then 3
                when lines_draw < 0.95 then 4
                else 5
            end,
            budget_cents // 800
        ))::integer as line_count
    from {{ ref('gen_checkouts') }}
    where origin not in ('gift_card', 'trial')

),

wanted as (

    select
        *,
        unnest(range(1, line_count + 1))::integer as wish_no
    from checkouts

),

digests as (

    select
        *,
        {{ digest('line', 'order_key', 'wish_no') }} as line_digest
    from wanted

),

draws as (

    select
        order_key,
        country_code,
        month,
        taste,
        budget_cents,
        promotion_no,
        wish_no,
        {{ draw('line_digest') }} as family_draw,
        {{ draw('line_digest', 2) }} as weight_draw
    from digests

),

wishes as (

    select
        draws.*,
        slots.family_no
    from draws
    inner join {{ ref('gen_family_slots') }} as slots
        on slots.slot_group = draws.taste
        and slots.slot = floor(draws.family_draw * 2048)::integer

),

with_partners as (

    select
        order_key,
        country_code,
        month,
        budget_cents,
        promotion_no,
        wish_no,
        family_no,
        weight_draw
    from wishes

    union all

    -- planted pairs: the first wish brings its partner along
    select
        wishes.order_key,
        wishes.country_code,
        wishes.month,
        wishes.budget_cents,
        wishes.promotion_no,
        9,
        pairs.partner_family_no,
        wishes.weight_draw
    from wishes
    inner join {{ ref('law_pairs') }} as pairs on pairs.family_no = wishes.family_no
    where
        wishes.wish_no = 1
        and wishes.budget_cents >= 1200
        and wishes.family_draw * 2048 % 1 < pairs.share

),

distinct_wishes as (

    -- of two wishes for one family the first counts; grouping is cheaper than a window here
    select
        order_key,
        family_no,
        min(wish_no) as wish_no,
        arg_min(weight_draw, wish_no) as weight_draw,
        any_value(country_code) as country_code,
        any_value(month) as month,
        any_value(budget_cents) as budget_cents,
        any_value(promotion_no) as promotion_no
    from with_partners
    group by order_key, family_no

),

weights as (

    select
        *,
        500 + floor(weight_draw * 1000)::bigint as weight
    from distinct_wishes

),

shares as (

    select
        order_key,
        country_code,
        month,
        promotion_no,
        family_no,
        weight_draw,
        (row_number() over wishes_of_order)::integer as line_no,
        budget_cents * weight / sum(weight) over (
            wishes_of_order rows between unbounded preceding and unbounded following
        ) as share_cents
    from weights
    -- one order for both, so that the rows are sorted once
    window wishes_of_order as (partition by order_key order by wish_no)

),

costs as (

    -- what the smallest size costs this month
    select
        shares.*,
        markdowns.month is not null as is_marked_down,
        families.base_cents
        * case when markdowns.month is not null then 0.8 else 1.0 end as least_cents
    from shares
    inner join {{ ref('law_families') }} as families on families.family_no = shares.family_no
    left join {{ ref('gen_markdowns') }} as markdowns
        on markdowns.family_no = shares.family_no
        and markdowns.month = shares.month

),

quantities as (

    select
        *,
        -- mostly one piece; two or three where the money is enough; more where the dearest size is
        -- too cheap
        greatest(
            case
                when weight_draw * 1000 % 1 < 0.08 and share_cents >= 3 * least_cents then 3
                when weight_draw * 1000 % 1 < 0.30 and share_cents >= 2 * least_cents then 2
                else 1
            end,
            round(share_cents / (least_cents * 15.4))
        )::bigint as quantity
    from costs

),

sizes as (

    select
        *,
        family_no * 100 + greatest(1, least(16, 1 + round(
            ln(share_cents / quantity / least_cents) / ln(1.2)
        )))::integer as product_no
    from quantities

),

priced as (

    select
        sizes.order_key,
        sizes.line_no,
        sizes.product_no,
        sizes.promotion_no,
        sizes.quantity,
        products.price_cents * countries.price_tenths // 10 as list_price_cents,
        sizes.is_marked_down,
        false as is_gift
    from sizes
    inner join {{ ref('gen_products') }} as products on products.product_no = sizes.product_no
    inner join {{ ref('law_countries') }} as countries
        on countries.country_code = sizes.country_code

    union all

    select
        order_key,
        9,
        2801,
        null,
        1,
        0,
        false,
        true
    from {{ ref('gen_checkouts') }}
    where
        origin not in ('gift_card', 'trial')
        and channel_id = 'web'
        and budget_cents >= 12000
        and lines_draw * 1000 % 1 < 0.3

    union all

    select
        checkouts.order_key,
        1,
        special.product_no,
        null,
        1,
        special.price_cents * countries.price_tenths // 10,
        false,
        false
    from {{ ref('gen_checkouts') }} as checkouts
    inner join {{ ref('gen_special_products') }} as special
        on special.product_no = case
            when checkouts.origin = 'trial' then 9010
            else 9001 + floor(checkouts.lines_draw * 3)::integer
        end
    inner join {{ ref('law_countries') }} as countries
        on countries.country_code = checkouts.country_code
    where checkouts.origin in ('gift_card', 'trial')

),

charged as (

    select
        *,
        case
            when is_marked_down then list_price_cents * 8 // 10
            else list_price_cents
        end as unit_price_cents
    from priced

)

select
    charged.order_key,
    charged.line_no,
    charged.product_no,
    charged.quantity,
    charged.unit_price_cents,
    case when charged.is_marked_down then charged.list_price_cents end as compare_at_cents,
    charged.is_gift,
    charged.quantity * charged.unit_price_cents as line_cents,
    -- automatic promotions are taken off the lines, coupons off the order
    case
        when promotions.promotion_type = 'automatic'
            then (charged.quantity * charged.unit_price_cents * promotions.amount + 50) // 100
        else 0
    end as line_discount_cents
from charged
left join {{ ref('gen_promotions') }} as promotions
    on promotions.promotion_no = charged.promotion_no
