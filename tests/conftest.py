"""How every test runs: no window is opened, and hypothesis searches the same way each time."""

import os

from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

# A kernel compiles inside the first example, so no example has a deadline. The quick search is
# the same in every run; `--hypothesis-profile=thorough` looks further, and anew each time.
settings.register_profile("quick", deadline=None, max_examples=25, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("quick")
