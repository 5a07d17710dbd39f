cast(nullif(trim(cast(number as varchar)), '') as decimal(18, 4))
