-- In every model each valid order is owed exactly once: its rows are as many as share it.
with

models as (

    select unnest(['first', 'last', 'last_non_direct', 'linear']) as model

),

owed as (

    select
        order_id,
        model,
        count(*) as parts,
        max(shares) as shares
    from {{ ref('int_order_attribution') }}
    group by order_id, model

)

select
    orders.order_id,
    models.model
from {{ ref('fct_orders') }} as orders
cross join models
left join owed
    on
        orders.order_id = owed.order_id
        and models.model = owed.model
where
    orders.is_valid
    and owed.parts is distinct from owed.shares
    or orders.is_valid
    and owed.parts is null
