{{ function('is_any_of') }}(store_id, store)
and {{ function('is_any_of') }}(of_channel, channel)
and {{ function('is_any_of') }}(country_code, country)
and (
    {{ function('is_any_of') }}(coalesce(region_id, '(unknown)'), region)
    or {{ function('is_any_of') }}(region_name, region)
)
and {{ function('is_any_of') }}(of_segment, rfm_segment)
and (
    {{ function('as_date') }}(since_from) is null
    or first_order_date >= {{ function('as_date') }}(since_from)
)
and (
    {{ function('as_date') }}(since_to) is null
    or first_order_date <= {{ function('as_date') }}(since_to)
)
