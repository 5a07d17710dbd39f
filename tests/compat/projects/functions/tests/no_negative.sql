select * from {{ function('large_orders') }}() where amount < 0
