nullif(trim(cast(wanted as varchar)), '') is null
or value = trim(cast(wanted as varchar))
or (
    contains(cast(wanted as varchar), ',')
    and list_contains(string_split_regex(trim(cast(wanted as varchar)), '\s*,\s*'), value)
)
