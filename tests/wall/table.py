"""``python -m tests.wall.table`` writes the table of leaks into ``docs/wall.md``."""

from tests.wall.test_leaks_are_caught import PAGE, table

BEGIN, END = "<!-- leaks -->", "<!-- end of leaks -->"


def main() -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


if __name__ == "__main__":
    main()
