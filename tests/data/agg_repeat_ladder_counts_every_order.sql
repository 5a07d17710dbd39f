-- Who placed order n + 1 is who returned after order n.
with

ladder as (

    select * from {{ ref('agg_repeat_ladder') }}

)

select ladder.*
from ladder
left join ladder as later
    on ladder.order_number + 1 = later.order_number
where
    ladder.returned_customers is distinct from coalesce(later.customers, 0)
    or ladder.next_customers > ladder.mature_customers
    or ladder.mature_customers > ladder.customers
