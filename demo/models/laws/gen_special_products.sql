-- What is sold beside the families.
select
    product_no,
    product_name,
    sku,
    price_cents::bigint as price_cents,
    is_gift_card
from (
    values
        (9001, 'Gift Card 25', 'GIFT-25', 2500, true),
        (9002, 'Gift Card 50', 'GIFT-50', 5000, true),
        (9003, 'Gift Card 100', 'GIFT-100', 10000, true),
        (9010, 'Surprise Box on Trial', 'BOX-TRIAL', 0, false)
) as special (product_no, product_name, sku, price_cents, is_gift_card)
