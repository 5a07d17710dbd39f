with recursive

links as (

    select
        account_id,
        other_id,
        method
    from {{ ref('int_customer_links') }}
    where not is_alias

),

customers as (

    select * from {{ ref('stg_customers') }}

),

members as (

    select account_id from links
    union
    select other_id as account_id from links

),

edges as (

    select
        account_id,
        other_id
    from links
    where account_id <> other_id
    union
    select
        other_id as account_id,
        account_id as other_id
    from links
    where account_id <> other_id

),

-- Every account begins with its own name and takes the least name of its neighbours until no
-- name changes: names only ever get less, so this ends. A round looks at the changed ones only.
labels (account_id, label) using key (account_id) as (

    select
        account_id,
        account_id as label
    from members
    union
    select
        edges.other_id as account_id,
        min(labels.label) as label
    from labels
    inner join edges
        on labels.account_id = edges.account_id
    inner join recurring.labels as so_far
        on edges.other_id = so_far.account_id
    where labels.label < so_far.label
    group by edges.other_id

),

methods as (

    select
        account_id,
        min_by(
            method,
            case method when 'email' then 1 when 'phone' then 2 when 'identity_map' then 3 else 4 end
        ) as method
    from links
    group by account_id

)

-- An account gives the id, not a guest's order; the oldest; never a key the shop has no row of.
select
    labels.account_id,
    first_value(labels.account_id) over (
        partition by labels.label
        order by
            customers.customer_id is null,
            customers.is_guest,
            customers.created_at nulls last,
            labels.account_id
    ) as customer_id,
    coalesce(methods.method, 'override') as method
from labels
left join customers
    on labels.account_id = customers.customer_id
left join methods
    on labels.account_id = methods.account_id
