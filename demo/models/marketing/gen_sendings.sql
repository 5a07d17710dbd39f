-- Who is to get which campaign: those who agreed, without a random share that is held out.
-- Who has unsubscribed got one campaign, the first after joining, and left by it.
with people as (

    select
        buyers.customer_no,
        buyers.email_consent,
        buyers.sms_consent,
        regions.country_code,
        lives.joined_at,
        lives.left_at
    from {{ ref('gen_buyers') }} as buyers
    inner join {{ ref('gen_lives') }} as lives on lives.customer_no = buyers.customer_no
    inner join {{ ref('law_regions') }} as regions on regions.region_id = buyers.region_id

),

choices as (

    select
        customer_no,
        'email' as channel,
        email_consent as consent,
        country_code,
        joined_at,
        left_at
    from people
    where email_consent in ('confirmed', 'unsubscribed')

    union all

    select
        customer_no,
        'sms',
        sms_consent,
        country_code,
        joined_at,
        left_at
    from people
    where sms_consent in ('confirmed', 'unsubscribed')

),

due as (

    select
        choices.customer_no,
        choices.consent,
        choices.left_at,
        campaigns.campaign_no,
        campaigns.channel,
        campaigns.sent_at,
        campaigns.holdout_percent,
        campaigns.response_share,
        campaigns.response_days,
        {{ digest('sending', 'choices.customer_no', 'campaigns.campaign_no') }} as sending_digest
    from choices
    inner join {{ ref('gen_campaigns') }} as campaigns
        on campaigns.channel = choices.channel
        and campaigns.sent_at > choices.joined_at
        and coalesce(campaigns.country_code = choices.country_code, true)

),

first_or_consented as (

    select *
    from due
    qualify
        consent = 'confirmed'
        or row_number() over (partition by customer_no, channel order by campaign_no) = 1

)

select
    customer_no,
    campaign_no,
    channel,
    sent_at,
    response_share,
    response_days,
    consent = 'unsubscribed' as unsubscribes,
    consent = 'confirmed' and {{ draw('sending_digest') }} * 100 < holdout_percent as is_held_out,
    coalesce(left_at > sent_at, true) as is_alive,
    {{ draw('sending_digest') }} as fate_draw,
    {{ draw('sending_digest', 2) }} as answer_draw,
    {{ draw('sending_digest', 3) }} as time_draw
from first_or_consented
