case
    when nullif(trim(cast(number as varchar)), '') is null then null
    when
        try_cast(trim(cast(number as varchar)) as bigint) >= 0
        -- A text of 2.5 would be rounded.
        and coalesce(
            try_cast(trim(cast(number as varchar)) as decimal(38, 4))
            = try_cast(trim(cast(number as varchar)) as bigint),
            true
        )
        then cast(trim(cast(number as varchar)) as bigint)
    else error(of_argument || ' is no whole number from 0 up: ' || cast(number as varchar))
end
