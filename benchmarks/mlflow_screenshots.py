"""The pictures of docs/compare-experiments.md: MLflow's own pages on real runs, in a real browser.

    zoped lab configs/lab/main.yaml --only adaptive,random_filtered,random_wide
    python benchmarks/mlflow_screenshots.py runs/lab main
    zoped run menu.yaml   # the settings of the arm `menu` of configs/lab/interpolated.yaml
    python benchmarks/mlflow_screenshots.py runs menu --prompt mutate.choose

opens the store of that folder by `zoped ui`, and writes docs/images/mlflow-*.png: of the experiment, or of
two versions of a prompt side by side.
Wants Chromium and its driver (apt-get install chromium chromium-driver).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from mlflow import MlflowClient
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from zoped.cli.tracking_store import Store

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
COLUMNS = [
    *("metrics.`accuracy`", "metrics.`gain`", "metrics.`learnable_share`", "metrics.`coverage`"),
    *("metrics.`rollouts`", "metrics.`minutes`", "params.`arm`", "params.`curriculum.filter`"),
]
WIDTH, HEIGHT = 1440, 900
TALL, AT_ONCE = 1550, 5  # the page that compares, and how many runs fit on it
COLOURS = 128  # of a picture; MLflow's pages have few


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of MLflow's pages, by `zoped ui`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "zoped.cli.main", "ui", ".", "--port", str(port)]
    server = subprocess.Popen(command, cwd=folder, env=environment())
    try:
        address = f"http://127.0.0.1:{port}"
        _answers(address)
        yield address
    finally:
        server.terminate()
        server.wait()


@retry(wait=wait_fixed(0.5), stop=stop_after_delay(300), retry=retry_if_exception_type(OSError))
def _answers(address: str) -> None:
    urlopen(f"{address}/health", timeout=10).close()


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument(f"--window-size={WIDTH},{HEIGHT}")
    # Named, so that none is downloaded.
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


class Pages:
    """MLflow's pages, and pictures of them."""

    def __init__(self, driver: webdriver.Chrome, address: str) -> None:
        self._driver = driver
        self._address = address
        driver.get(address)
        # The assistant opens over the first page, once.
        opened = "return localStorage['mlflow.assistant.panelOpen_v1'] === 'true'"
        WebDriverWait(driver, 120).until(lambda d: d.execute_script(opened))
        self._remember("mlflow.assistant.panelOpen_v1", False)
        self._remember("mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", True)
        self._remember("mlflow.workflowType_v1", "machine_learning")

    def _remember(self, key: str, value: Any) -> None:
        script = "localStorage[arguments[0]] = arguments[1]"
        self._driver.execute_script(script, key, json.dumps(value))

    def open(self, path: str, *, until: str) -> None:
        """The page, once it shows that text."""
        self._driver.get("about:blank")
        self._driver.get(f"{self._address}/#{path}")
        self.wait_for(until)

    def wait_for(self, text: str) -> None:
        WebDriverWait(self._driver, 120).until(
            lambda driver: text in driver.find_element(By.TAG_NAME, "body").text
        )

    def pick_columns(self, experiment: str) -> None:
        """What `Columns` above the table does."""
        key = f'MLflowLocalStorage-1.1-ExperimentPage-["{experiment}"]-ReactComponentState'
        read = "return localStorage[arguments[0]]"
        WebDriverWait(self._driver, 60).until(lambda d: d.execute_script(read, key))
        state = json.loads(self._driver.execute_script(read, key))
        self._remember(key, state | {"selectedColumns": COLUMNS})

    def click(self, where: str, *, nth: int = 0) -> None:
        WebDriverWait(self._driver, 60).until(lambda d: len(d.find_elements(By.XPATH, where)) > nth)
        element = self._driver.find_elements(By.XPATH, where)[nth]
        self._driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        self._driver.execute_script("arguments[0].click()", element)

    def show(self, text: str) -> None:
        """Scroll until the element with that text is at the top."""
        element = self._driver.find_element(By.XPATH, f"//*[text()='{text}']")
        self._driver.execute_script("arguments[0].scrollIntoView(true)", element)

    def picture(self, name: str) -> None:
        """Of the window, when nothing moves in it any more."""
        last, now = b"", self._driver.get_screenshot_as_png()
        while last != now:
            WebDriverWait(self._driver, 2, poll_frequency=1).until(Nth(2))
            last, now = now, self._driver.get_screenshot_as_png()
        image = Image.open(io.BytesIO(now)).convert("RGB").quantize(COLOURS)
        IMAGES.mkdir(exist_ok=True)
        image.save(IMAGES / f"mlflow-{name}.png", optimize=True)


class Nth:
    """True when it is asked for the nth time: a wait of n - 1 polls."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self, _: Any) -> bool:
        self._left -= 1
        return self._left <= 0


def compare_versions(pages: Pages, prompt: str) -> None:
    """The last two versions of the prompt, with what changed marked."""
    pages.open(f"/prompts/{prompt}", until="Viewing version 2")
    pages.click("//*[text()='Compare']")
    pages.wait_for("Comparing version 2 with version 1")
    pages.click("//label[span[text()='Text']]")
    pages.picture("prompts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("experiment")
    parser.add_argument(
        "--prompt", help="a part of the program, whose last two versions are compared"
    )
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    client = MlflowClient(Store.in_folder(folder).uri)
    found = client.get_experiment_by_name(arguments.experiment)
    if found is None:
        raise SystemExit(f"{folder} has no experiment {arguments.experiment}")
    experiment = found.experiment_id
    runs = client.search_runs([experiment], "tags.kind = 'run'", order_by=["params.arm ASC"])
    with served(folder) as address, browser() as driver:
        pages = Pages(driver, address)
        if arguments.prompt:
            compare_versions(pages, f"{arguments.experiment}.{arguments.prompt}")
            return
        pages.open(f"/experiments/{experiment}/runs", until="matching runs")
        pages.pick_columns(experiment)
        pages.open(f"/experiments/{experiment}/runs", until="learnable_share")
        pages.picture("runs")
        pages.open(f"/experiments/{experiment}/runs?compareRunsMode=CHART", until="Model metrics")
        pages.picture("charts")
        driver.set_window_size(WIDTH, TALL)
        ids = json.dumps([run.info.run_id for run in runs][:AT_ONCE], separators=(",", ":"))
        pages.open(f'/compare-runs?runs={ids}&experiments=["{experiment}"]', until="Run details")
        for kind in ("Parameters", "Metrics"):
            pages.click(f"//*[@aria-label='{kind} - Show diff only']")
        pages.show("Run details")
        pages.picture("compare")


if __name__ == "__main__":
    main()
