case
    when nullif(trim(cast(number as varchar)), '') is null then null
    when
        cast(trim(cast(number as varchar)) as bigint) >= 0
        -- A text of 2.5 would be rounded.
        and coalesce(
            try_cast(trim(cast(number as varchar)) as decimal(18, 4))
            = cast(trim(cast(number as varchar)) as bigint),
            true
        )
        then cast(trim(cast(number as varchar)) as bigint)
    else error(cast(number as varchar) || ' is not a number of rows')
end
