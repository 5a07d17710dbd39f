"""Queries that lay people out as another program's import wants its columns, safe for spreadsheets.

Pure: gives SQL, knows no database and no file. The column names are those of the programs' own help
pages; columns of ours that they do not know are imported as properties of one's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from runner.project.nodes import quote

RISKY = r"^[=+\-@\t\r\n]"
"""What makes a spreadsheet take a text for a formula."""
NUMBER = r"[+][1-9][0-9]{7,14}"
"""A telephone number as E.164: digits alone compute nothing, and with a sign before it none would take it."""


class Layout(Struct, frozen=True):
    """columns: header → our columns, of which the first that is there is taken; empty for all as they are.

    holdout: whether people who are held back are in the file too (with their mark).
    """

    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    holdout: bool = False


_MORE = (
    ("RFM Segment", ("rfm_segment",)),
    ("Value Tier", ("value_tier",)),
    ("Last Order Date", ("last_order_date",)),
    ("Top Category", ("top_category",)),
    ("Recommended Product", ("recommended_product",)),
    ("Coupon Code", ("coupon_code",)),
    ("Customer ID", ("customer_id",)),
    # Files for a CRM hold everybody; audiences hold only who may be written to, and lack these.
    ("Email Consent", ("email_consent",)),
    ("SMS Consent", ("sms_consent",)),
    ("Is Mailable", ("is_mailable",)),
)

LAYOUTS: dict[str, Layout] = {
    "plain": Layout(holdout=True),
    # Klaviyo: the first column is Email; numbers in E.164.
    "klaviyo": Layout((
        ("Email", ("email",)),
        ("Phone Number", ("phone_e164",)),
        ("First Name", ("first_name",)),
        ("Last Name", ("last_name",)),
        ("Country", ("country_code",)),
        ("Language", ("language",)),
        *_MORE,
    )),
    # Mailchimp: only Email Address is needed; Tags are split at commas.
    "mailchimp": Layout((
        ("Email Address", ("email",)),
        ("First Name", ("first_name",)),
        ("Last Name", ("last_name",)),
        ("Phone Number", ("phone_e164",)),
        ("Country", ("country_code",)),
        ("Language", ("language",)),
        ("Tags", ("segment_key", "segments")),
        *_MORE,
    )),
    # HubSpot: headers are the names of its contact properties; rows are matched by Email.
    "hubspot": Layout((
        ("Email", ("email",)),
        ("First name", ("first_name",)),
        ("Last name", ("last_name",)),
        ("Phone number", ("phone_e164",)),
        ("Country/Region", ("country_code",)),
        ("Preferred language", ("language",)),
        *_MORE,
    )),
}  # fmt: skip
"""The import layouts that files can be written in, by name."""


def laid_out(rows: str, layout: Layout, columns: Sequence[tuple[str, str]]) -> str:
    """The query that gives `rows` (a query) in a layout, in the order of customer_id.

    columns: names and types of the rows. Texts that a spreadsheet would compute are led by an
    apostrophe.
    """
    there = dict(columns)
    wanted = layout.columns or tuple((name, (name,)) for name in there)
    shown = [
        (header, next(name for name in candidates if name in there))
        for header, candidates in wanted
        if any(name in there for name in candidates)
    ]
    terms = ", ".join(f"{_safe(name, there[name])} as {quote(header)}" for header, name in shown)
    kept = " where not is_holdout" if "is_holdout" in there and not layout.holdout else ""
    return f"select {terms} from ({rows}) as people{kept} order by people.customer_id"


def _safe(name: str, type_: str) -> str:
    column = f"people.{quote(name)}"
    if type_.upper() != "VARCHAR":
        return column
    return (
        f"case when regexp_matches({column}, '{RISKY}') "
        f"and not regexp_full_match({column}, '{NUMBER}') then '''' || {column} else {column} end"
    )
