"""Prompts in MLflow's registry: a prompt for each part of a configuration's program, a version for each
text of it, linked to the runs that worked with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

LONGEST = 100_000  # characters of a version, in MLflow's registry


def log_prompts(
    client: MlflowClient,
    run_id: str,
    texts: Mapping[str, str],
    *,
    experiment_id: str,
    note: str,
) -> None:
    """Register each text as a version of the prompt EXPERIMENT.NAME, unless it is one already, and
    link them to the run."""
    from mlflow.tracing.constant import TraceTagKey

    experiment = client.get_experiment(experiment_id).name
    linked = [
        {"name": name, "version": _version(client, name, text[:LONGEST], experiment_id, note)}
        for name, text in (
            (re.sub(r"[^A-Za-z0-9._-]", "-", f"{experiment}.{part}"), text)
            for part, text in texts.items()
            if text
        )
    ]
    before = json.loads(client.get_run(run_id).data.tags.get(TraceTagKey.LINKED_PROMPTS, "[]"))
    new = [link for link in linked if link not in before]
    if new:
        client.set_tag(run_id, TraceTagKey.LINKED_PROMPTS, json.dumps([*before, *new]))


def _version(client: MlflowClient, name: str, text: str, experiment_id: str, note: str) -> str:
    """The number of the version with this text."""
    from mlflow.exceptions import MlflowException
    from mlflow.prompt.constants import PROMPT_EXPERIMENT_IDS_TAG_KEY

    if client.get_prompt(name) is None:
        # The page of an experiment's prompts finds them by this tag.
        tags = {PROMPT_EXPERIMENT_IDS_TAG_KEY: f",{experiment_id},"}
        try:
            client.create_prompt(name, tags=tags)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another run was quicker
                raise
    for known in client.search_prompt_versions(name):
        if known.template == text:
            return str(known.version)
    return str(client.create_prompt_version(name, text, description=note).version)
