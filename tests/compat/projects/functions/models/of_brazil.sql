select * from {{ function('functions', 'large_orders') }}(wanted := 'BR')
