cast(nullif(trim(cast(day as varchar)), '') as date)
