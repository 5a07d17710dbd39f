"""Parameters of BG/NBD, MBG/NBD and Gamma-Gamma by maximum likelihood; time in weeks.

Fader, Hardie and Lee (2005), «Counting your customers the easy way»; Batislam, Denizel and
Filiztekin (2007) for the modified one; Fader and Hardie (2013) for Gamma-Gamma.
Needs scipy (`pip install runner-sql[clv]`), and only where clv_parameters is `fit`.
"""

import math

import numpy
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 5.0, 0.8, 2.5), (1.0, 10.0, 0.3, 10.0))
FEWEST = 10
EDGE = 12.0
FLAT = 1e-5
EDGE_NOTE = "a parameter lies at the edge of the search: the customers tell too little of it"
SLOPE_NOTE = "the search found no best parameters"


def model(dbt, session):
    dbt.config(materialized="table")
    histories = dbt.ref("int_clv_histories")
    most = int(dbt.config.get("clv_fit_max_customers"))
    table = None
    for period in ("all", "calibration"):
        seen = histories.filter(f"period = '{period}'").order("md5(customer_id), customer_id")
        seen = seen.limit(most)
        counts = seen.aggregate("x, last_day, seen_days, count(*) as n").order(
            "x, last_day, seen_days"
        )
        spends = (
            seen.filter("x > 0 and repeat_revenue > 0")
            .project("x, cast(repeat_revenue as double) / x as spend")
            .order("x, spend")
        )
        value = value_fit(spends.fetchnumpy())
        for name in ("bg_nbd", "mbg_nbd"):
            row = tabled(session, period, name, purchase_fit(counts.fetchnumpy(), name), value)
            table = row if table is None else table.union(row)
    return table


def purchase_fit(counts, name):
    """r, alpha, a, b; customers; what went wrong, or None."""
    x = counts["x"].astype(float)
    t_x = counts["last_day"] / 7.0
    t = counts["seen_days"] / 7.0
    n = counts["n"].astype(float)
    customers = int(n.sum()) if len(n) else 0
    if not len(n) or float(n[x > 0].sum()) < FEWEST:
        return [None] * 4, customers, "too few customers came back"
    shift = 1.0 if name == "mbg_nbd" else 0.0
    may_have_left = numpy.where(x > 0, 1.0, shift)

    def loss(logs):
        r, alpha, a, b = numpy.exp(logs)
        last = numpy.maximum(b + shift + x - 1, 1e-300)
        waited = numpy.log(alpha + t) - numpy.log(alpha + t_x)
        odds = math.log(a) - numpy.log(last) + (r + x) * waited
        left = numpy.where(may_have_left > 0, odds, -numpy.inf)
        likelihood = (
            gammaln(r + x) - gammaln(r) + r * math.log(alpha)
            + gammaln(a + b) + gammaln(b + shift + x) - gammaln(b) - gammaln(a + b + shift + x)
            - (r + x) * numpy.log(alpha + t) + numpy.logaddexp(0, left)
        )  # fmt: skip
        share = numpy.where(may_have_left > 0, 1 / (1 + numpy.exp(-numpy.clip(odds, -700, 700))), 0)
        slope = numpy.array(
            [
                n @ (digamma(r + x) - digamma(r) + math.log(alpha) - numpy.log(alpha + t) + share * waited),
                n @ (r / alpha - (r + x) / (alpha + t)
                     + share * (r + x) * (1 / (alpha + t) - 1 / (alpha + t_x))),
                n @ (digamma(a + b) - digamma(a + b + shift + x) + share / a),
                n @ (digamma(a + b) + digamma(b + shift + x) - digamma(b)
                     - digamma(a + b + shift + x) - share / last),
            ]
        )  # fmt: skip
        return -(n @ likelihood) / customers, -slope * numpy.exp(logs) / customers

    best = search(loss, STARTS)
    return numpy.exp(best.x).tolist(), customers, ended(best)


def value_fit(spends):
    """p, q, v; what went wrong, or None."""
    x = spends["x"].astype(float)
    if len(x) < FEWEST:
        return [None] * 3, "too few customers came back"
    scale = float(numpy.mean(spends["spend"]))
    m = spends["spend"] / scale
    total = x * m

    def loss(logs):
        p, q, v = numpy.exp(logs)
        spread = numpy.log(total + v)
        likelihood = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * math.log(v)
            + (p * x - 1) * numpy.log(m) + p * x * numpy.log(x) - (p * x + q) * spread
        )  # fmt: skip
        slope = numpy.array(
            [
                numpy.sum(x * (digamma(p * x + q) - digamma(p * x) + numpy.log(total) - spread)),
                numpy.sum(digamma(p * x + q) - digamma(q) + math.log(v) - spread),
                numpy.sum(q / v - (p * x + q) / (total + v)),
            ]
        )
        return -numpy.sum(likelihood) / len(x), -slope * numpy.exp(logs) / len(x)

    best = search(loss, ((1.0, 2.0, 1.0), (6.0, 4.0, 0.5)))
    p, q, v = numpy.exp(best.x).tolist()
    return [p, q, v * scale], ended(best)


def search(loss, starts):
    """The best of several searches on the logarithms, so that nothing becomes negative."""
    found = [
        minimize(
            loss,
            numpy.log(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-EDGE, EDGE)] * len(start),
            options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9},
        )
        for start in starts
    ]
    return min(found, key=lambda each: each.fun)


def ended(best):
    """What is to be said of the point where a search ended; None of a best one.

    Its slope tells. The search's own word does not: where floating point knows no better point it
    says ABNORMAL, and where one step brought little it says that it has converged.
    """
    if numpy.abs(best.x).max() >= EDGE:
        return EDGE_NOTE
    return SLOPE_NOTE if numpy.abs(best.jac).max() > FLAT else None


def tabled(session, period, name, purchases, value):
    """One row as a relation; the types of its columns do not depend on what was found."""
    (r, alpha, a, b), customers, purchase_note = purchases
    (p, q, v), value_note = value
    notes = dict.fromkeys(note for note in (purchase_note, value_note) if note)
    converged = not notes
    values = [period, name, r, alpha, a, b, p, q, v, converged, customers, "; ".join(notes) or None]
    names = "period model r alpha a b p q v is_converged fitted_customers message".split()
    kinds = ["varchar"] * 2 + ["double"] * 7 + ["boolean", "bigint", "varchar"]
    row = session.values(values)
    return row.project(
        ", ".join(
            f"cast({column} as {kind}) as {name}"
            for column, kind, name in zip(row.columns, kinds, names, strict=True)
        )
    )
