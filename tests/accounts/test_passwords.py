"""Which passwords are refused, and how the others are kept."""

import pytest

from portal.accounts import passwords


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "password1234",
        "P@ssw0rd2026!",
        "qwertyuiop123",
        "1q2w3e4r5t6y",
        "iloveyou1234",
        "administrator",
        "manchesterunited",
        "letmeinplease",
        "Sommer2026!!",
        "aaaaaaaaaaaa",
        "dfgdfgdfgdfg",
        "changemechangeme",
        "correct horse battery staple",
    ],
)
def test_what_others_try_first_is_refused(password: str) -> None:
    assert passwords.is_common(password)


@pytest.mark.parametrize(
    "password",
    ["wet cartons on a tuesday", "kZ8fj2mQpL0s", "monkey dragon river tuba lamp", "zwölf Boxkämpfer 🥊 am Deich"],
)
def test_a_few_unrelated_words_are_taken(password: str) -> None:
    assert not passwords.is_common(password)


def test_names_and_addresses_of_oneself_are_refused() -> None:
    about = ["Mara Lindqvist", "mara.lindqvist@halden.example", "Halden Pumps"]
    assert passwords.is_personal("MaraLindqvist1", about)
    assert passwords.is_personal("haldenpumps26", about)
    assert passwords.is_personal("mara@halden.example", about)
    assert not passwords.is_personal("wet cartons for mara", about)


def test_the_longest_password_is_looked_at_too() -> None:
    assert not passwords.is_common(("herring plays the tuba " * 50)[: passwords.LONGEST])
    assert passwords.is_common("ab" * (passwords.LONGEST // 2))


def test_a_password_is_kept_as_argon2id_and_fits_however_it_is_typed() -> None:
    kept = passwords.hash_password("zwölf Boxkämpfer")
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, "zwo\u0308lf Boxka\u0308mpfer")
    assert not passwords.fits(kept, "zwölf Boxkämpfe")


def test_nobody_has_a_password_that_fits() -> None:
    assert not passwords.fits(None, "nobody has this password")


def test_hashes_of_other_parameters_are_outdated() -> None:
    from argon2 import PasswordHasher

    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("wet cartons on a tuesday")
    assert passwords.is_outdated(weaker)
    assert not passwords.is_outdated(passwords.hash_password("wet cartons on a tuesday"))
