select 1 as id, 'two' as extra, (select count(*) from {{ ref('product', v=1) }}) as n
