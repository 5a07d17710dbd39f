coalesce(nullif(lower(trim(cast(wanted as varchar))), ''), otherwise)
