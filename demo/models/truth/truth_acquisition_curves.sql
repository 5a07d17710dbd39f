-- New customers a day = efficiency * (euros spent that day) ** exponent * season of the day.
select
    channel,
    exponent,
    customers_a_day / (cac_eur * customers_a_day) ** exponent as efficiency,
    cac_eur as mean_cac_eur
from {{ ref('gen_acquisition_curves') }}
where cac_eur is not null
