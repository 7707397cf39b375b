"""What is asked of the commands of the kernel: lines that are answered, lines that are refused."""

from __future__ import annotations

from commands_installed import DEMO

ANSWERS: dict[str, list[str]] = {
    "backup make": ["backup make --out {backups}", "backup --out {absent} --no-media --no-keys --keep 2"],
    "backup check": ["backup check {backup}"],
    "backup list": ["backup list {backups}"],
    "restore": ["restore {backup} --into {absent}", "restore {backup} --yes"],
    "accounts list": ["accounts list"],
    "accounts add": ["accounts add lan 'Phạm Lan' --role coach --role analyst --email lan@example.org"],
    "accounts roles": ["accounts roles tuyet --role administrator"],
    "accounts email": ["accounts email tuyet Tuyet@example.org", "accounts email tuyet"],
    "accounts password": ["accounts password tuyet"],
    "accounts disable": ["accounts disable hanh"],
    "accounts enable": ["accounts enable hanh"],
    "accounts sessions": ["accounts sessions", "accounts sessions --end tuyet"],
    "accounts sign-ins": ["accounts sign-ins --most 3"],
    "accounts session": ["accounts session tuyet"],
    "ledger check": [
        f"ledger check {DEMO}",
        "ledger check {ledger}",
        "ledger check {changed}",
        "ledger check {foreign}",
    ],
    "demo": ["demo"],
    "schema": ["schema", "schema match", "schema schema"],
    "models list": ["models list"],
}
"""Lines that are answered; ``{name}`` stands for a file of ``commands_files.files``."""
ELSEWHERE: set[str] = {
    "models get",  # needs a network: tests/touchline/test_models_get.py holds its document
}
"""Commands that need more than a small data folder, and which test holds their documents."""
REFUSALS: dict[str, str] = {
    "backup make": "backup make --out {text}",
    "backup check": "backup check {absent}",
    "backup list": "backup list {absent}",
    "restore": "restore {backup}",
    "accounts list": "accounts list",
    "accounts add": "accounts add 'two words' Lan --role coach",
    "accounts roles": "accounts roles nobody --role coach",
    "accounts email": "accounts email nobody",
    "accounts password": "accounts password nobody",
    "accounts disable": "accounts disable tuyet",
    "accounts enable": "accounts enable nobody",
    "accounts sessions": "accounts sessions --end nobody",
    "accounts sign-ins": "accounts sign-ins",
    "accounts session": "accounts session nobody",
    "ledger check": "ledger check {text}",
    "demo": "demo",
    "schema": "schema nothing",
    "models get": "models get nothing",
}
"""A line of each command that is refused."""
NEVER_REFUSES: set[str] = {
    "models list",
}
WITHOUT_A_FOLDER: set[str] = {
    "demo",
    "accounts list",
    "accounts sign-ins",
}
"""They are refused where the data folder is none."""
