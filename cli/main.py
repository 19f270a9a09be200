"""The `zoped` command. Each command is a file; what is slow to import is imported when it runs."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from typing import Annotated

import typer

from zoped.cli import (
    audit,
    compare,
    diversity,
    evaluate,
    export,
    generate,
    lab,
    lab_student,
    observe,
    operators,
    optimize,
    prompts,
    report,
    run,
    runs,
    seeds,
    serve,
    solve,
    strategies,
    teacher,
    train,
    ui,
)
from zoped.foundation.module_process import own_modules_last
from zoped.foundation.signals import interrupt_main_thread
from zoped.foundation.usage import Group

app = typer.Typer(
    name="zoped",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # else lines end where they do in our docstrings
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"zoped {version('zoped')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            help="Show the version and stop.",
            is_eager=True,
            callback=_show_version,
        ),
    ] = False,
) -> None:
    """Grow verifiable maths problems at the edge of what a small language model can do, and train it
    on them."""


app.command("run")(run.run)
app.command("generate")(generate.generate)
app.command("evaluate")(evaluate.evaluate)
app.command("audit")(audit.audit)
app.command("diversity")(diversity.diversity)
app.command("optimize", context_settings=optimize.PASS_THROUGH, add_help_option=False)(
    optimize.optimize
)
app.command("train")(train.train)
app.command("export")(export.export)
app.command("observe")(observe.observe)
app.command("serve")(serve.serve)
app.command("report")(report.report)
app.command("operators")(operators.show_operators)
app.command("strategies")(strategies.show_strategies)
app.command("solve")(solve.solve)
app.command("runs")(runs.runs)
app.command("compare")(compare.compare)
app.command("ui")(ui.ui)
app.command("lab")(lab.lab)
app.command("lab-student")(lab_student.lab_student)
app.add_typer(seeds.app, name="seeds")
app.add_typer(prompts.app, name="prompts")
app.add_typer(teacher.app, name="teacher")


def _interrupt_again(lost: sys.UnraisableHookArgs) -> None:
    """Ctrl-C may come while Python runs a callback that cannot raise (a weak reference's, a
    destructor): the interrupt would be lost there, and the command would run on to its end."""
    if lost.exc_type is KeyboardInterrupt:
        # Once this function is over: it cannot raise either.
        again = threading.Timer(0.05, interrupt_main_thread)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)


def main() -> None:
    sys.unraisablehook = _interrupt_again
    # A process that is spawned imports the main module again. That is this one, whatever script
    # called us: one without the usual guard would run the whole command in every worker.
    sys.modules["__main__"] = sys.modules[__name__]
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # other libraries' deprecations are not for our users
    own_modules_last()
    # Nothing that a user did not ask for goes over the network.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads that wait must not spin: on a busy machine that is five times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    app(prog_name="zoped")  # else Click would take it from the main module


if __name__ == "__main__":
    main()
