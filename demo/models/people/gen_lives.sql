-- From when to when a person is a customer: till the last order if they drop out, else to the end.
with purchases as (

    select
        customer_no,
        purchase_no,
        purchased_at
    from {{ ref('gen_purchases') }}

),

buyers as (

    select
        customer_no,
        repeats_until_dropout
    from {{ ref('gen_buyers') }}

)

select
    purchases.customer_no,
    min(purchases.purchased_at) as joined_at,
    max(purchases.purchased_at) filter (
        where purchases.purchase_no = buyers.repeats_until_dropout + 1
    ) as left_at,
    count(*) as purchase_count
from purchases
inner join buyers on buyers.customer_no = purchases.customer_no
group by purchases.customer_no
