coalesce({{ function('as_date') }}(end_date), date '9999-12-31')
