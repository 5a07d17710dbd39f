"""The question behind every chart, asked in SQL by hand: functions called with arguments, marts read.

Nothing of dashboards/ is used here: what a chart shows must be what these queries say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Asked:
    """What is chosen: first and last day, and filter → the values meant, as SQL is asked."""

    first: date
    last: date
    chosen: Mapping[str, tuple[str, ...]]
    arguments: str = ""
    """More arguments of functions: those of customer since and revenue."""

    @property
    def few(self) -> str:
        """Arguments of a function without a period."""
        names = {"country": "country", "channel": "channel", "product": "product",
                 "segment": "rfm_segment"}  # fmt: skip
        return ", ".join(
            f"{names[name]} := '{','.join(values)}'"
            for name, values in self.chosen.items()
            if name in names
        )

    @property
    def all(self) -> str:
        """Arguments of a function with a period."""
        days = f"start_date := date '{self.first}', end_date := date '{self.last}'"
        return ", ".join(part for part in (days, self.few, self.arguments) if part)

    @property
    def since(self) -> str:
        """Arguments of a function that knows neither period nor revenue."""
        parts = [p for p in self.arguments.split(", ") if p.startswith("since")]
        return ", ".join([*([self.few] if self.few else []), *parts])

    def within(self, column: str) -> str:
        return f"{column} between date '{self.first}' and date '{self.last}'"

    def among(self, name: str, column: str) -> str:
        values = self.chosen.get(name)
        if not values:
            return "true"
        return f"{column} in ({', '.join(repr(value) for value in values)})"


Question = Callable[[Asked], str]


def segment(column: str) -> str:
    """What a segment is called."""
    return (
        f"coalesce((select min(label_en) from seeds.rfm_segments where preset = 'putler_11'"
        f" and segment = {column}), upper({column}[1]) || replace({column}[2:], '_', ' '))"
    )


def channel(column: str) -> str:
    return f"(select channel_name from dim_channels as named where named.channel = {column})"


def card(metric: str) -> Question:
    """The figure of the period on its last day, and the one before on the day before the period."""
    return lambda a: (
        f"""
        select date '{a.last}', value from kpis({a.all}) where metric = '{metric}'
        union all
        select date '{a.first}' - 1, prev from kpis({a.all})
        where metric = '{metric}' and prev is not null"""
    )


def by_channel_and_month(a: Asked) -> str:
    """Each channel's sales by month, from a function that knows of one at a time.

    It asks what a customer brought within that channel, too: a band of revenue is asked otherwise.
    """
    if "revenue" in a.arguments:
        return f"""
            select date_trunc('month', day), {channel("moves.channel")}, sum(net) from (
                select order_date as day, channel, customer_id, revenue_before_refunds as net
                from filtered_orders({a.since})
                union all
                select refund_date, channel, customer_id, -refund_amount
                from filtered_refunds({a.since})
            ) as moves
            where {a.within("day")} and customer_id in (select customer_id from customer_list({a.all}))
            group by all"""
    chosen = a.chosen.get("channel") or ("web", "phone", "pos", "market", "social")
    parts = []
    for each in chosen:
        one = Asked(a.first, a.last, {**a.chosen, "channel": (each,)}, a.arguments)
        parts.append(f"""
            select cast(value as date), {channel(f"'{each}'")}, net_revenue
            from sales_by({one.all}, "by" := 'month') where orders > 0 or net_revenue <> 0""")
    return "\nunion all\n".join(parts)


def customers_by(group: str, figures: str) -> Question:
    return lambda a: f"select {group}, {figures} from customer_list({a.all}) group by 1"


def top(select: str, rest: str = "") -> Question:
    return lambda a: f"select {select} from top_customers({a.all}, limit_n := 100) {rest}"


def best_of_channels(select: str, rest: str) -> Question:
    return lambda a: (
        f"""
        with sums as (
            select channel, customer_id, count(*) as orders, sum(gross_revenue) as gross_revenue
            from filtered_orders({a.since})
            where {a.within("order_date")} and not is_anonymous
                and customer_id in (select customer_id from customer_list({a.all}))
            group by all
        ), ranks as (
            select *, rank() over (partition by channel order by gross_revenue desc) as rank from sums
        )
        select {select} from ranks {rest}"""
    )


def acquisition(select: str, rest: str = "") -> Question:
    return lambda a: (
        f"""
        select {select} from agg_channel_acquisition
        where channel not in ('(all)', '(paid)', '(unmapped)') and channel not like '(%'
            and {a.within("month")} and {a.among("marketing_channel", "channel")} {rest}"""
    )


def leads(select: str, rest: str = "") -> Question:
    return lambda a: (
        f"""
        select {select} from agg_lead_conversion
        where channel not like '(%' and quality not like '(%'
            and {a.within("month")} and {a.among("marketing_channel", "channel")} {rest}"""
    )


def cohorts(select: str, rest: str = "") -> Question:
    def asked(a: Asked) -> str:
        split = "split_by = 'all'"
        if "country" in a.chosen:
            split = f"split_by = 'country' and {a.among('country', 'split')}"
        return f"""
            select {select} from agg_cohort_retention
            where is_complete and {split} and {a.within("cohort_month")} {rest}"""

    return asked


def churn(select: str, rest: str = "") -> Question:
    def asked(a: Asked) -> str:
        part = a.among("segment", "segment") if "segment" in a.chosen else "segment = '(all)'"
        return f"""
            select {select} from agg_churn_monthly
            where store_id = '(all)' and {part} and {a.within("month")} {rest}"""

    return asked


def product_sales(select: str, rest: str = "") -> Question:
    return lambda a: (
        f"""
        select {select} from agg_product_sales where {a.within("month")}
            and {a.among("category", "category")} and {a.among("product", "product_id")} {rest}"""
    )


def satisfaction(select: str, rest: str = "") -> Question:
    def asked(a: Asked) -> str:
        part = "dimension = '(all)'"
        if "country" in a.chosen:
            part = f"dimension = 'country' and {a.among('country', 'dimension_value')}"
        return f"select {select} from agg_satisfaction where {part} and {a.within('month')} {rest}"

    return asked


def satisfaction_by(dimension: str, select: str, rest: str = "") -> Question:
    return lambda a: (
        f"""
        select {select} from agg_satisfaction
        where dimension = '{dimension}' and {a.within("month")} {rest}"""
    )


def regions(select: str, rest: str = "") -> Question:
    return lambda a: (
        f"""
        select {select} from agg_sales_region semi join dim_regions using (region_id)
        where {a.within("month")} and {a.among("country", "country_code")} {rest}"""
    )


def penetration(select: str, rest: str = "") -> Question:
    return lambda a: (
        f"""
        select {select} from agg_market_penetration
        where period = 'last_365_days' and level = 'region'
            and {a.among("country", "country_code")} {rest}"""
    )


def customer(table: str, select: str, rest: str = "") -> Question:
    return lambda a: (
        f"select {select} from {table} where {a.among('customer', 'customer_id')} {rest}"
    )


MONTH = "date_trunc('month', {0})".format
NPS = "100.0 * (sum(promoters) - sum(detractors)) / nullif(sum(nps_answers), 0)"
CSAT = "sum(satisfied_answers)::double / nullif(sum(csat_answers), 0)"

QUESTIONS: dict[str, Question] = {
    # --- customers
    "customers.Active customers": card("active_customers"),
    "customers.New customers": card("new_customers"),
    "customers.Returning customers": card("returning_customers"),
    "customers.New customers a day": card("acquired_per_day"),
    "customers.Net revenue": card("net_revenue"),
    "customers.Revenue per customer": card("revenue_per_customer"),
    "customers.Revenue of the best 20 %": card("top20_net_revenue"),
    "customers.Bought twice or more": card("repeat_purchase_rate"),
    "customers.New and returning customers": lambda a: f"""
        select bucket, returning_customers, new_customers
        from customer_chart({a.all}, grain := 'month')""",
    "customers.New and won back above, lost below": lambda a: f"""
        select bucket, new_customers, reactivated_customers, -lost_lapsed, -lost_refunded
        from customer_chart({a.all}, grain := 'month')""",
    "customers.Customers in each seven days": lambda a: f"""
        select date '{a.last}' - 7 * k::integer, count(distinct customer_id)
        from range({(a.last - a.first).days + 1} // 7) as weeks (k)
        inner join filtered_orders({a.since})
            on order_date between date '{a.last}' - 7 * k::integer - 6 and date '{a.last}' - 7 * k::integer
        where not is_anonymous and customer_id in (select customer_id from customer_list({a.all}))
        group by 1""",
    "customers.Customers by segment": customers_by(segment("rfm_segment"), "count(*)"),
    "customers.Net revenue by country": customers_by("country_code", "sum(net_revenue)"),
    "customers.Customers": lambda a: f"""
        select customer_id, country_code, {segment("rfm_segment")}, first_order_date, last_order_date,
            orders, net_revenue, refund_amount, aov, historic_ltv
        from customer_list({a.all})""",
    # --- top customers
    "top_customers.The top 100": top("""
        rank, case status when 'up' then '▲ ' || rank_change when 'down' then '▼ ' || -rank_change
            when 'entered' then 'new here' when 'left' then 'gone' else '=' end,
        customer_id, orders, units, gross_revenue, refund_amount, net_revenue, aov, rank_prev, share,
        cum_share"""),
    "top_customers.How the top 100 moved": top("""
        case status when 'up' then 'climbed' when 'down' then 'fell' when 'entered' then 'new here'
            when 'left' then 'gone' else 'same place' end, count(*)""", "group by 1"),
    "top_customers.Most places gained": top(
        "customer_id, rank_change", "where rank_change > 0 order by rank_change desc limit 12"
    ),
    "top_customers.What the best customers bring (all time)": lambda a: f"""
        select 'best ' || decile * 10 || ' %', sum(cumulative_amount)::double / sum(total_amount)
        from agg_customer_concentration_deciles
        where period_grain = 'all' and measure = 'gross_revenue'
            and {a.among("channel", "channel") if "channel" in a.chosen else "channel = '(all)'"}
        group by decile""",
    "top_customers.The best three of each channel": best_of_channels(
        f"{channel('ranks.channel')}, rank, customer_id, orders, gross_revenue",
        f"where rank <= 3 order by {channel('ranks.channel')}, rank limit 20",
    ),
    "top_customers.Gross revenue by channel": best_of_channels(
        f"{channel('ranks.channel')}, sum(gross_revenue)", "group by ranks.channel"
    ),
    # --- RFM
    "rfm.Customers by segment": customers_by(segment("rfm_segment"), "count(*)"),
    "rfm.Net revenue by segment": customers_by(segment("rfm_segment"), "sum(net_revenue)"),
    "rfm.The segments in figures": customers_by(segment("rfm_segment"), """
        count(*), sum(orders), sum(net_revenue), sum(net_revenue)::double / count(*),
        sum(net_revenue)::double / sum(orders)"""),
    "rfm.Customers by segment and month": lambda a: f"""
        select month, {segment("agg_rfm_monthly.segment")}, customers from agg_rfm_monthly
        where preset = 'putler_11' and {a.within("month")}""",
    "rfm.Who moved within a month: from (left) to (below)": lambda a: f"""
        select if(to_segment = 'left', '(gone)', {segment("to_segment")}),
            if(from_segment = 'entered', '(not there)', {segment("from_segment")}), sum(customers)
        from agg_rfm_migration
        where preset = 'putler_11' and from_segment <> to_segment and {a.within("month")}
        group by all""",
    # --- cohorts and churn
    "retention.Customers who bought again, by months since their first order": cohorts(
        "month_number, strftime(cohort_month, '%Y-%m'), sum(active_customers)::double / sum(cohort_size)",
        "and month_number > 0 group by all",
    ),
    "retention.Net revenue per customer, by months since the first order": cohorts(
        "month_number, strftime(cohort_month, '%Y-%m'),"
        " sum(cumulative_net_revenue)::double / sum(cohort_size)", "group by all",
    ),
    "retention.New customers by month": cohorts(
        "cohort_month, sum(cohort_size)", "and month_number = 0 group by all"
    ),
    "retention.Share of active customers lost": churn(
        "month, sum(churned_active_customers)::double / nullif(sum(active_start), 0)", "group by month"
    ),
    "retention.New, won back and lost": lambda a: f"""
        select month, new_customers, reactivated_customers, -churned_customers
        from agg_churn_monthly
        where store_id = '(all)' and segment = '(all)' and {a.within("month")}""",
    "retention.Who buys again within a year, after the first, second … order": lambda _: """
        select order_number, sum(next_customers)::double / nullif(sum(mature_customers), 0)
        from agg_repeat_ladder where order_number <= 8 group by all""",
    "retention.What lost customers had met before": lambda a: f"""
        select case cause when 'nps_detractor' then 'An unhappy answer'
                when 'late_delivery' then 'A late delivery' when 'ticket' then 'A ticket'
                when 'refund' then 'A refund' end,
            sum(lapsed_with_cause)::double / nullif(sum(lapsed_customers), 0),
            sum(retained_with_cause)::double / nullif(sum(retained_customers), 0)
        from agg_churn_causes where {a.within("month")} group by cause""",
    # --- sales
    "sales.Orders": card("orders"),
    "sales.Gross revenue": card("gross_revenue"),
    "sales.Net revenue": card("net_revenue"),
    "sales.Average order": card("aov"),
    "sales.Discount rate": card("discount_rate"),
    "sales.Refund rate": card("refund_rate"),
    "sales.Net revenue by month and channel": by_channel_and_month,
    "sales.Net revenue by country": lambda a: f"""
        select value, net_revenue from sales_by({a.all}, "by" := 'country')""",
    "sales.Best-selling products": lambda a: f"""
        select label, net_revenue_order_basis from sales_by({a.all}, "by" := 'product')
        order by 2 desc limit 15""",
    "sales.Net revenue by category": lambda a: f"""
        select value, net_revenue_order_basis from sales_by({a.all}, "by" := 'category')""",
    "sales.Regions": lambda a: f"""
        select regions.country_code, regions.region_name, sales.orders, sales.net_revenue, sales.aov
        from sales_by({a.all}, "by" := 'region') as sales
        inner join dim_regions as regions on sales.value = regions.region_id""",
    "sales.Campaigns": lambda a: f"""
        select campaign_name, channel, sum(attributed_net_revenue), sum(cost),
            (sum(attributed_contribution) - sum(cost)::double) / nullif(sum(cost), 0)
        from agg_campaign_performance where {a.within("sent_date")} group by all""",
    # --- acquisition
    "acquisition.New customers": acquisition("sum(new_customers)"),
    "acquisition.Spend on acquisition": acquisition("sum(acquisition_spend)"),
    "acquisition.Cost of a new customer": acquisition(
        "sum(acquisition_spend)::double / nullif(sum(new_customers), 0)"
    ),
    "acquisition.Leads to customers": leads(
        "sum(converted_leads)::double / nullif(sum(mature_leads), 0)"
    ),
    "acquisition.New customers by month and channel": acquisition(
        "month, replace(channel, '_', ' '), sum(new_customers)", "group by all"
    ),
    "acquisition.Cost of a new customer by month": acquisition(
        "month, sum(acquisition_spend)::double / nullif(sum(new_customers), 0)", "group by month"
    ),
    "acquisition.Channels": acquisition("""
        replace(channel, '_', ' '), sum(new_customers), sum(acquisition_spend),
        sum(acquisition_spend)::double / nullif(sum(new_customers), 0),
        sum(first_order_gross_revenue)::double / nullif(sum(acquisition_spend), 0)""", "group by channel"),
    "acquisition.What the first year brings": lambda a: f"""
        select replace(channel, '_', ' '),
            sum(net_revenue_365d)::double / sum(mature_customers_365d),
            sum(acquisition_spend)::double / sum(new_customers),
            sum(contribution_365d)::double / nullif(sum(acquisition_spend), 0), median(payback_days)
        from agg_channel_acquisition
        where channel not like '(%' and mature_customers_365d = new_customers and new_customers > 0
            and {a.among("marketing_channel", "channel")}
        group by channel""",
    "acquisition.Leads to customers by quality": leads(
        "quality, sum(converted_leads)::double / nullif(sum(mature_leads), 0)", "group by quality"
    ),
    "acquisition.Leads": leads("""
        replace(channel, '_', ' '), quality, sum(leads), sum(converted_leads),
        sum(converted_leads)::double / nullif(sum(mature_leads), 0)""", "group by channel, quality"),
    # --- products
    "products.Best-selling products": product_sales(
        "product_name, sum(net_revenue)", "group by 1 order by 2 desc limit 15"
    ),
    "products.Net revenue by category": product_sales("category, sum(net_revenue)", "group by 1"),
    "products.Units by month and category": product_sales(
        "month, category, sum(units_net)", "group by all"
    ),
    "products.What sells, and what comes back": product_sales("""
        product_name, category, sum(units_net), sum(net_revenue) as net_revenue,
        sum(refund_amount_order_basis)::double / nullif(sum(gross_revenue), 0)""",
        "group by product_name, category order by net_revenue desc limit 100"),
    "products.Trends of the last 28 days": lambda a: f"""
        select product_name, category, case trend when 'rising' then '▲ rising'
                when 'falling' then '▼ falling' else replace(trend, '_', ' ') end,
            units_28d, units_prev_28d, units_28d::double / nullif(units_prev_28d, 0) - 1,
            units_last_year_28d
        from agg_product_trends
        where {a.among("category", "category")} and {a.among("product", "product_id")}""",
    "products.Bought together": lambda a: f"""
        select product_name_a, product_name_b, orders_both, confidence_ab, lift
        from agg_product_pairs where {a.among("product", "product_a")}""",
    "products.Bought next": lambda a: f"""
        select product_name_a, product_name_b, p_next, lift
        from agg_next_product where {a.among("product", "product_a")}""",
    # --- satisfaction
    "satisfaction.Satisfied customers": satisfaction(CSAT),
    "satisfaction.Net promoter score (NPS)": satisfaction(NPS),
    "satisfaction.Average stars": satisfaction("sum(stars)::double / nullif(sum(reviews), 0)"),
    "satisfaction.Hours to the first answer": satisfaction("median(median_first_response_hours)"),
    "satisfaction.NPS by month": satisfaction(f"month, {NPS}", "group by month"),
    "satisfaction.Satisfied customers by month": satisfaction(f"month, {CSAT}", "group by month"),
    "satisfaction.NPS by RFM segment": satisfaction_by(
        "rfm_segment", f"{segment('dimension_value')}, {NPS}",
        "group by dimension_value having sum(nps_answers) >= 10",
    ),
    "satisfaction.What tickets are about": satisfaction_by(
        "ticket_category", "replace(dimension_value, '_', ' '), sum(tickets)", "group by 1"
    ),
    "satisfaction.The teams that answer": satisfaction_by(
        "team", f"""replace(dimension_value, '_', ' '), sum(tickets),
        median(median_first_response_hours), {CSAT}""", "group by 1",
    ),
    "satisfaction.Reviews by product": lambda _: """
        select product_name, reviews, avg_rating, bayesian_rating, five_star_share,
            two_star_or_less_share, last_review_date
        from agg_reviews""",
    # --- regions
    "regions.Customers": penetration("sum(customers)"),
    "regions.Customers to win": penetration("sum(opportunity_customers)"),
    "regions.Revenue to win": penetration("sum(opportunity_revenue)"),
    "regions.Penetration (100 is the average)": penetration(
        "region_name, penetration_index", "order by 2 desc limit 20"
    ),
    "regions.Net revenue by region": regions(
        "region_name, sum(net_revenue)", "group by 1 order by 2 desc limit 20"
    ),
    "regions.Regions to develop": penetration("""
        region_name, country_code, customers, customers_per_million, penetration_index,
        opportunity_customers, opportunity_revenue,
        case when gap_flag then 'right people, few customers' when awareness_flag then 'little known'
            else '' end"""),
    "regions.Orders by month and country": regions(
        "month, country_code, sum(orders)", "group by 1, 2"
    ),
    # --- one customer
    "customer.Orders": customer("dim_customers", "sum(orders)"),
    "customer.Net revenue": customer("dim_customers", "sum(net_revenue)"),
    "customer.Average order": customer(
        "dim_customers", "sum(net_revenue)::double / nullif(sum(orders), 0)"
    ),
    "customer.Refunds": customer("dim_customers", "sum(refund_amount)"),
    "customer.Expected in a year": customer("dim_customers", "sum(predicted_clv_12m)"),
    "customer.Chance of another order": customer("dim_customers", "avg(p_alive)"),
    "customer.Profile": customer("dim_customers", f"""
        customer_id, country_code, city, language, {segment("rfm_segment")}, value_tier,
        replace(buying_archetype, '_', ' '), replace(discount_class, '_', ' '), first_order_date,
        last_order_date, median_gap_days, top_category"""),
    "customer.Net revenue by month": customer(
        "fct_orders", f"{MONTH('order_date')}, sum(net_revenue_order_basis)",
        "and is_valid group by 1",
    ),
    "customer.Products bought": customer("fct_customer_products", """
        product_name, category, units_net, net_revenue_order_basis, first_order_date,
        last_order_date"""),
    "customer.What happened": customer("fct_customer_activity", """
        event_at, replace(event_type, '_', ' '),
        if(event_type = 'review', detail || ' stars', replace(detail, '_', ' ')), amount"""),
}  # fmt: skip
