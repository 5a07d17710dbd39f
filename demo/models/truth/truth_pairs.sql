-- Planted pairs: the share of orders, opened by the first family, that the second one was added to
-- on purpose.
select
    'p' || pairs.family_no * 100 as product_id,
    'p' || pairs.partner_family_no * 100 as partner_product_id,
    pairs.share as planted_share
from {{ ref('law_pairs') }} as pairs
