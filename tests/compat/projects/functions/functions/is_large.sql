amount > {{ var('large', 15) }}
