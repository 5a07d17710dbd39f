select * from {{ ref('product') }}
