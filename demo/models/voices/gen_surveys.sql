-- Questions sent after delivery. People of strong feeling answer more often.
with asked as (

    select
        order_key,
        customer_no,
        mood,
        case
            when answer_draw < 0.22 then 'nps'
            when answer_draw < 0.34 then 'csat'
            when answer_draw < 0.38 then 'ces'
        end as survey_type,
        delivered_at + interval 3 day + to_seconds(floor(time_draw * 36000)::bigint) as sent_at,
        answer_draw * 100000 % 1 as response_draw,
        time_draw * 1000 % 1 as delay_draw
    from {{ ref('gen_experiences') }}
    where answer_draw < 0.38

),

answered as (

    select
        *,
        case
            when response_draw < 0.28 + 0.22 * least(2, abs(mood))
                then sent_at + to_seconds(600 + floor(delay_draw ** 3 * 10 * 86400)::bigint)
        end as responded_at
    from asked
    where sent_at < {{ end_of_time() }}

)

select
    order_key,
    customer_no,
    survey_type,
    sent_at,
    case when responded_at < {{ end_of_time() }} then responded_at end as responded_at,
    case
        when responded_at is null or responded_at >= {{ end_of_time() }} then null
        when survey_type = 'nps' then
            case
                when mood < -2.2 then 0
                when mood < -2.0 then 1
                when mood < -1.8 then 2
                when mood < -1.6 then 3
                when mood < -1.3 then 4
                when mood < -1.0 then 5
                when mood < -0.6 then 6
                when mood < -0.2 then 7
                when mood < 0.3 then 8
                when mood < 0.9 then 9
                else 10
            end
        when survey_type = 'csat' then
            case
                when mood < -1.6 then 1
                when mood < -1.0 then 2
                when mood < -0.4 then 3
                when mood < 0.5 then 4
                else 5
            end
        else greatest(1, least(7, 5 + floor(mood * 1.4)))
    end::integer as score
from answered
