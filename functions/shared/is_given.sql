nullif(trim(cast(wanted as varchar)), '') is not null
