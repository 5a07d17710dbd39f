-- The chance of a lead to become a customer, by the law, and what came of it.
select
    leads.source,
    leads.quality,
    1 / (1 + exp(-(
        case leads.source when 'email' then -0.4 when 'paid_social' then -1.3 else -0.8 end
        + case leads.quality when 'A' then 1.1 when 'B' then 0 else -1.1 end
    ))) as lawful_conversion,
    count(*) as leads,
    count(leads.converted_at) as converted
from {{ ref('gen_leads') }} as leads
group by leads.source, leads.quality
