-- Every refund seen is explained to the last digit: lines, header, shipping and tax sum to the
-- money given back.
with

explained as (

    select
        refund_id,
        sum(amount + gift_card_amount + shipping_amount + tax_amount) as amount
    from {{ ref('int_refunds_linked') }}
    group by refund_id

)

select
    explained.refund_id,
    explained.amount as explained_amount,
    refunds.amount
from explained
left join {{ ref('stg_refunds') }} as refunds
    on explained.refund_id = refunds.refund_id
where
    explained.amount <> refunds.amount
    or refunds.refund_id is null
