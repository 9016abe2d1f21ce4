"""The locks alone say what is installed: nothing is resolved anew, so that what appears tomorrow breaks no start."""

import subprocess
import sys


def test_what_the_lock_installs_is_complete() -> None:
    """It is installed without a resolver, so that nobody else would notice what it lacks."""
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
