-- Sixteen sizes of each family, each a fifth dearer than the one before.
with sizes as (

    select
        families.family_no,
        families.family,
        families.category,
        families.subcategory,
        families.vendor,
        families.cost_percent,
        families.popularity_rank,
        size.size_no,
        families.family_no * 100 + size.size_no as product_no,
        (round(families.base_cents * 1.2 ** (size.size_no - 1) / 10) * 10)::bigint as price_cents
    from {{ ref('law_families') }} as families
    cross join (select range as size_no from range(1, 17)) as size

)

select
    product_no::integer as product_no,
    family_no,
    size_no::integer as size_no,
    family,
    category,
    subcategory,
    vendor,
    price_cents,
    round(price_cents * (cost_percent + ((product_no * 7) % 9 - 4)) / 100.0)::bigint as cost_cents
from sizes
