"""Files for letters and for a CRM: who is in them, what is told, and what a spreadsheet makes of them."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import duckdb
import pytest

from runner.output.layouts import LAYOUTS, laid_out
from tests.conftest import Project, ProjectMaker

FILES = {
    "models/dim_segments.sql": """
        select
            segment_key, kind, label_en, predicate, sort,
            cast('{{ var("as_of") }}' as date) as as_of
        from (values
            ('vip', 'own', 'VIP', 'orders > 5', 1),
            ('empty', 'own', 'Nobody', 'false', 2),
            ('rfm:loyal', 'rfm', 'Loyal', 'rfm_segment = ''loyal''', 1)
        ) as t (segment_key, kind, label_en, predicate, sort)
        """,
    "models/exp_audiences.sql": """
        select
            segment_key, customer_id, email, sha256(email) as sha256_email, phone_e164, first_name,
            cast('{{ var("as_of") }}' as date) as as_of, is_holdout
        from {{ ref('people') }}
        """,
    "models/exp_crm_customers.sql": """
        select customer_id, email, first_name, md5(concat_ws('|', email, first_name)) as row_hash
        from {{ ref('people') }}
        where segment_key = 'vip'
        """,
    "seeds/people.csv": """\
segment_key,customer_id,email,phone_e164,first_name,is_holdout
vip,a,a@x.com,+48600100200,Ann,false
vip,b,b@x.com,,"=HYPERLINK(""http://x"")",false
vip,c,c@x.com,,@SUM(1),true
rfm:loyal,a,a@x.com,,Ann,false
""",
    "seeds/people.yml": """
        seeds:
          - name: people
            config: {column_types: {phone_e164: varchar}}
        """,
}


def day(shop: Project, as_of: str, people: str | None = None) -> None:
    if people is not None:
        shop.write("seeds/people.csv", people)
    shop.build("--vars", f"{{as_of: {as_of}}}")


def said(shop: Project, as_of: str, *arguments: str) -> str:
    done = shop.run("export", *arguments, "--vars", f"{{as_of: {as_of}}}")
    assert done.exit_code == 0, str(done)
    assert "@" not in done.stdout + done.stderr, "only counts are told"
    return done.stdout


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as read:
        return list(csv.DictReader(read))


def test_audiences_are_files_of_people_and_of_changes(project: ProjectMaker) -> None:
    """On the second day b has left, d has come, and a has another address: left with the old one, entered with the new one."""
    shop = project(FILES)
    folder = shop.root / "exports" / "audiences" / "vip"
    day(shop, "2026-06-01")
    assert said(shop, "2026-06-01", "audiences").splitlines() == [
        "vip: 3 people, 3 entered, 0 left",
        "empty: 0 people, 0 entered, 0 left",
    ]
    day(
        shop,
        "2026-06-02",
        """\
segment_key,customer_id,email,phone_e164,first_name,is_holdout
vip,a,new@x.com,,Ann,false
vip,c,c@x.com,,Cid,true
vip,d,d@x.com,,Dot,false
""",
    )
    told = "vip: 3 people, 2 entered, 2 left"
    assert said(shop, "2026-06-02", "audiences", "--key", "vip").strip() == told
    assert said(shop, "2026-06-02", "audiences", "--key", "vip").strip() == told, "a rerun is equal"
    assert [r["email"] for r in rows(folder / "2026-06-02_entered.csv")] == ["new@x.com", "d@x.com"]
    assert [r["email"] for r in rows(folder / "2026-06-02_left.csv")] == ["a@x.com", "b@x.com"]
    assert duckdb.sql(
        f"select customer_id, as_of::varchar from '{folder}/2026-06-01.parquet' order by all"
    ).fetchall() == [("a", "2026-06-01"), ("b", "2026-06-01"), ("c", "2026-06-01")]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["predicate"] == "orders > 5"
    assert (manifest["count"], manifest["holdout"]) == (3, 1)
    assert manifest["compared_with"] == "2026-06-01"
    assert sorted(manifest["files"]) == [
        "2026-06-02.csv",
        "2026-06-02.parquet",
        "2026-06-02_entered.csv",
        "2026-06-02_left.csv",
    ]
    for file in folder.iterdir():
        if file.name != "manifest.json":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, "addresses are for their owner"


def test_trap_42_a_spreadsheet_computes_nothing(project: ProjectMaker) -> None:
    """Trap 42: a name that is a formula is led by an apostrophe; a telephone number stays one. (Consent: exp_audiences_trap_42.)"""
    shop = project(FILES)
    day(shop, "2026-06-01")
    said(shop, "2026-06-01", "audiences", "--key", "vip")
    found = rows(shop.root / "exports" / "audiences" / "vip" / "2026-06-01.csv")
    assert [(r["first_name"], r["phone_e164"]) for r in found] == [
        ("Ann", "+48600100200"),
        ('\'=HYPERLINK("http://x")', ""),
        ("'@SUM(1)", ""),
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@a", "'@a"),
        ("\ta", "'\ta"),
        ("\ra", "'\ra"),
        ("+48600100200", "+48600100200"),
        ("+48600100200+cmd", "'+48600100200+cmd"),
        ("a=1", "a=1"),
        ('O\'Hara, "Bo"', 'O\'Hara, "Bo"'),
        ("", ""),
    ],
)
def test_every_risky_beginning_is_quoted(text: str, written: str) -> None:
    people = duckdb.sql("select 1 as customer_id, $1 as name", params=[text])  # noqa: F841
    query = laid_out(
        "select * from people",
        LAYOUTS["plain"],
        [("customer_id", "INTEGER"), ("name", "VARCHAR")],
    )
    assert duckdb.sql(query.replace("from (select * from people)", "from people")).fetchall() == [
        (1, written)
    ]


def test_layouts_have_the_columns_that_imports_ask_for(project: ProjectMaker) -> None:
    """Only people who are not held back are in files for import."""
    shop = project(FILES)
    day(shop, "2026-06-01")
    file = shop.root / "lists" / "audiences" / "vip" / "2026-06-01.csv"
    headers = {
        "klaviyo": ["Email", "Phone Number", "First Name", "Customer ID"],
        "mailchimp": ["Email Address", "First Name", "Phone Number", "Tags", "Customer ID"],
        "hubspot": ["Email", "First name", "Phone number", "Customer ID"],
    }
    for layout, wanted in headers.items():
        said(shop, "2026-06-01", "audiences", "--key", "vip", "--layout", layout, "--out", "lists")
        found = rows(file)
        assert list(found[0]) == wanted, layout
        assert [r["Customer ID"] for r in found] == ["a", "b"], layout
    assert set(headers) | {"plain"} == set(LAYOUTS)


def test_the_crm_gets_changed_rows_only(project: ProjectMaker) -> None:
    """The second day: a is as before, b has another name, c is gone, d is new."""
    shop = project(FILES)
    day(shop, "2026-06-01")
    assert said(shop, "2026-06-01", "crm").strip() == "crm: 3 of 3 people changed, 0 removed"
    day(
        shop,
        "2026-06-02",
        """\
segment_key,customer_id,email,phone_e164,first_name,is_holdout
vip,a,a@x.com,+48600100200,Ann,false
vip,b,b@x.com,,Bob,false
vip,d,d@x.com,,Dot,false
""",
    )
    for _ in range(2):
        assert said(shop, "2026-06-02", "crm").strip() == "crm: 2 of 3 people changed, 1 removed"
    folder = shop.root / "exports" / "crm"
    assert [r["customer_id"] for r in rows(folder / "2026-06-02.csv")] == ["b", "d"]
    assert [r["customer_id"] for r in rows(folder / "2026-06-02_removed.csv")] == ["c"]


def test_a_crms_file_in_a_mail_programs_columns_says_who_may_not_be_written_to(
    project: ProjectMaker,
) -> None:
    """Everybody is in it; a program that is not told takes whom it imports for somebody to write to."""
    crm = """
        select
            customer_id, email, first_name, md5(email) as row_hash,
            case when customer_id = 'a' then 'confirmed' else 'unsubscribed' end as email_consent,
            'none' as sms_consent, customer_id = 'a' as is_mailable
        from {{ ref('people') }}
        where segment_key = 'vip'
        """
    shop = project(FILES | {"models/exp_crm_customers.sql": crm})
    day(shop, "2026-06-01")
    for layout in set(LAYOUTS) - {"plain"}:
        said(shop, "2026-06-01", "crm", "--layout", layout, "--out", layout)
        found = rows(shop.root / layout / "crm" / "2026-06-01.csv")
        assert [(r["Email Consent"], r["SMS Consent"], r["Is Mailable"]) for r in found] == [
            ("confirmed", "none", "true"),
            ("unsubscribed", "none", "false"),
            ("unsubscribed", "none", "false"),
        ], layout


def test_who_is_removed_from_the_crm_has_the_key_that_was_told(project: ProjectMaker) -> None:
    """Trap 42: an id that is a formula is led by an apostrophe in both files."""
    people = "segment_key,customer_id,email,phone_e164,first_name,is_holdout\n"
    shop = project(FILES)
    day(shop, "2026-06-01", f"{people}vip,=1+1,a@x.com,,Ann,false\nvip,b,b@x.com,,Bob,false\n")
    said(shop, "2026-06-01", "crm")
    day(shop, "2026-06-02", f"{people}vip,b,b@x.com,,Bob,false\n")
    said(shop, "2026-06-02", "crm")
    folder = shop.root / "exports" / "crm"
    assert "'=1+1" in [r["customer_id"] for r in rows(folder / "2026-06-01.csv")]
    assert [r["customer_id"] for r in rows(folder / "2026-06-02_removed.csv")] == ["'=1+1"]


def test_who_is_held_back_from_now_on_leaves_the_file_for_import(project: ProjectMaker) -> None:
    """On the second day a is held back and c no more: else a would still be written to, and c never."""
    shop = project(FILES)
    day(shop, "2026-06-01")
    arguments = ("audiences", "--key", "vip", "--layout", "klaviyo")
    said(shop, "2026-06-01", *arguments)
    day(
        shop,
        "2026-06-02",
        """\
segment_key,customer_id,email,phone_e164,first_name,is_holdout
vip,a,a@x.com,+48600100200,Ann,true
vip,b,b@x.com,,Bob,false
vip,c,c@x.com,,Cid,false
""",
    )
    assert said(shop, "2026-06-02", *arguments).strip() == "vip: 3 people, 2 entered, 2 left"
    folder = shop.root / "exports" / "audiences" / "vip"
    assert [r["Customer ID"] for r in rows(folder / "2026-06-02_entered.csv")] == ["c"]
    assert [r["Customer ID"] for r in rows(folder / "2026-06-02_left.csv")] == ["a"]


def test_what_cannot_be_exported_is_told(project: ProjectMaker) -> None:
    shop = project(FILES)
    variables = ("--vars", "{as_of: 2026-06-01}")
    early = shop.run("export", "audiences", *variables)
    assert early.exit_code == 2
    assert "has not been built" in early.stderr
    day(shop, "2026-06-01")
    wrong = shop.run("export", "audiences", "--key", "vipp", *variables)
    assert wrong.exit_code == 2
    assert "there is no segment 'vipp'" in wrong.stderr
    assert "did you mean vip?" in wrong.stderr
    layout = shop.run("export", "crm", "--layout", "excel", *variables)
    assert layout.exit_code == 2
    assert "plain, klaviyo, mailchimp, hubspot" in layout.stderr
    (shop.root / "taken").write_text("a file")
    place = shop.run("export", "crm", "--out", "taken", *variables)
    assert place.exit_code == 2
    assert "cannot be made" in place.stderr
