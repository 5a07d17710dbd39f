-- The net promoter score of all deliveries, asked or not, beside that of those who answered: people of
-- strong feeling answer more often.
with moods as (

    select
        strftime(delivered_at + interval 3 day, '%Y-q') || quarter(delivered_at + interval 3 day) as wave,
        count(*) as deliveries,
        count(*) filter (where mood >= 0.3) as promoters,
        count(*) filter (where mood < -0.6) as detractors
    from {{ ref('gen_experiences') }}
    group by 1

),

answers as (

    select
        strftime(sent_at, '%Y-q') || quarter(sent_at) as wave,
        count(*) as answers,
        count(*) filter (where score >= 9) as answered_promoters,
        count(*) filter (where score <= 6) as answered_detractors
    from {{ ref('gen_surveys') }}
    where
        survey_type = 'nps'
        and score is not null
    group by 1

)

select
    moods.wave,
    moods.deliveries,
    moods.promoters,
    moods.detractors,
    100.0 * (moods.promoters - moods.detractors) / moods.deliveries as true_nps,
    coalesce(answers.answers, 0) as answers,
    coalesce(answers.answered_promoters, 0) as answered_promoters,
    coalesce(answers.answered_detractors, 0) as answered_detractors,
    100.0 * (answers.answered_promoters - answers.answered_detractors) / nullif(answers.answers, 0)
    as answered_nps
from moods
left join answers on answers.wave = moods.wave
