"""What a session of the tests does of the long suites: a sample, or with RUNNER_ALL=1 the whole."""

from __future__ import annotations

import os

import pytest

ALL = bool(os.environ.get("RUNNER_ALL"))
only_whole = pytest.mark.skipif(not ALL, reason="with RUNNER_ALL=1")
"""A test that belongs to the whole alone: others of the sample go the same way."""
