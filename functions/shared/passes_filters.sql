{{ function('is_any_of') }}(store_id, store)
and {{ function('is_any_of') }}(of_channel, channel)
and {{ function('is_any_of') }}(country_code, country)
and (
    {{ function('is_any_of') }}(coalesce(region_id, '(unknown)'), region)
    or named_region_id is not null
)
