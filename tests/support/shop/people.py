"""K6: which accounts are one person. Addresses trimmed and in small letters, telephones, and the map of keys."""

from __future__ import annotations

from tests.support.shop.files import Files, at


def people(files: Files) -> dict[str, str]:
    """The person of each key that an order can carry. A person goes by the account that was there first."""
    accounts = {row["customer_id"]: row for row in files["customers"]}
    leader = {key: key for key in accounts}

    def top(key: str) -> str:
        while leader[key] != key:
            key = leader[key]
        return key

    def join(one: str, other: str) -> None:
        leader[top(one)] = top(other)

    seen: dict[tuple[str, str], str] = {}
    for key, row in accounts.items():
        for kind in ("email", "phone"):
            contact = (kind, row[kind].strip().lower())
            if contact[1]:
                join(key, seen.setdefault(contact, key))
    for row in files["customer_identities"]:
        leader.setdefault(row["source_customer_key"], row["source_customer_key"])
        join(row["source_customer_key"], row["customer_id"])

    oldest: dict[str, str] = {}
    for key in sorted(
        accounts, key=lambda k: (accounts[k]["is_guest"], at(accounts[k]["created_at"]), k)
    ):
        oldest.setdefault(top(key), key)
    return {key: oldest[top(key)] for key in leader}
