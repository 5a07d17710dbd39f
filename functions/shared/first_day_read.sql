coalesce(
    case
        when
            {{ function('is_any_of') }}('prev', of_periods)
            and {{ function('as_date') }}(end_date) is null
            then null
        else
            least(
                {{ function('as_date') }}(start_date),
                case
                    when {{ function('is_any_of') }}('prev', of_periods)
                        then
                            {{ function('as_date') }}(start_date)
                            - cast(
                                {{ function('as_date') }}(end_date)
                                - {{ function('as_date') }}(start_date) + 1 as integer
                            )
                end,
                case
                    when {{ function('is_any_of') }}('yoy', of_periods)
                        then cast({{ function('as_date') }}(start_date) - interval 1 year as date)
                end
            )
    end,
    date '0001-01-01'
)
