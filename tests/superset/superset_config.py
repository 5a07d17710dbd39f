"""The configuration of the Superset that is tested: what docs/superset.md says, and a scratch folder."""

import os
from datetime import timedelta

HOME = os.environ["RUNNER_SUPERSET_HOME"]
SECRET_KEY = "only-for-tests-0123456789abcdefghijklmnopqrstuv"
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME}/superset.db?check_same_thread=false"
FEATURE_FLAGS = {"ENABLE_TEMPLATE_PROCESSING": True}
WTF_CSRF_ENABLED = os.environ.get("RUNNER_SUPERSET_SERVES") == "1"
"""As it is by default in the server; who asks in the same process has no cookies."""
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
"""Not for CI: a test asks hundreds of times a minute."""
JWT_ACCESS_TOKEN_EXPIRES = timedelta(hours=12)
"""A slow machine needs more than the quarter of an hour that a login lasts."""
