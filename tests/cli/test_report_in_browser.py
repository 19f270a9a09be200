"""The report in a real browser: at a phone's width and a desktop's, clicked, filtered, attacked."""

import json
import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.cli.test_report import HOSTILE, grown, zoped

pytestmark = pytest.mark.slow
PHONE, DESKTOP = (390, 844), (1280, 900)
FIGURES = {"accuracy", "rates", "changes", "difficulty", "moves", "weights", "rejections"}
FIGURES |= {"rollouts"}


def installed(*programs):
    """The first of them that is there."""
    found = next(filter(None, map(shutil.which, programs)), None)
    assert found, f"none of {', '.join(programs)} is here: apt-get install chromium chromium-driver"
    return found


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = installed("chromium", "chromium-browser", "google-chrome")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(installed("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = grown(tmp_path_factory.mktemp("report") / "small")
    assert zoped(folder)[0] == 0
    return (folder / "report.html").as_uri()


def opened(browser, page, size, scheme="light"):
    """The page, drawn, with nothing of earlier pages in the browser's logs."""
    width, height = size
    emulated = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulated)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(page)
    wait(browser, "return document.body.dataset.ready && document.body.dataset.drawn")
    # A chart is drawn when its room is known.
    wait(browser, "return !document.querySelector('figure > div:last-child:empty')")
    return browser


def wait(browser, script):
    return WebDriverWait(browser, 30, poll_frequency=0.05).until(
        lambda driver: driver.execute_script(script)
    )


def find(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def at_the_table(browser):
    """Scrolled to the table, which draws itself again when it is first seen."""
    browser.execute_script("document.getElementById('problems').scrollIntoView()")
    browser.execute_async_script(
        "const done = arguments[0]; let left = 5;"
        "const next = () => left-- ? requestAnimationFrame(next) : done(); next()"
    )


def texts(browser, selector):
    return [element.text for element in browser.find_elements(By.CSS_SELECTOR, selector)]


def shown(browser):
    """How many problems the table says that it shows."""
    return int(find(browser, "#count").text.split()[0])


@pytest.mark.parametrize("size, scheme", [(PHONE, "dark"), (DESKTOP, "light")])
def test_it_fits_the_screen_draws_everything_and_asks_for_nothing(browser, page, size, scheme):
    opened(browser, page, size, scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    drawn = browser.execute_script(
        "return [...document.querySelectorAll('[data-figure]')]"
        ".filter(e => e.querySelector('svg')).map(e => e.dataset.figure)"
    )
    assert set(drawn) == FIGURES
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (sum(json.loads(f"[{paper[4:-1]}]")) > 382) == (scheme == "light")
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {
        event["params"]["request"]["url"].partition(":")[0]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert asked <= {"file", "data", "blob"} and "file" in asked


def test_every_measured_problem_stands_in_a_bar_that_is_seen(browser, page):
    opened(browser, page, DESKTOP)
    widths = browser.execute_script(
        "const marks = document.querySelectorAll('[data-figure=rates] svg g[aria-label=rect]');"
        "return [...marks[1].children].map(bar => bar.getBoundingClientRect().width)"
    )
    # None, one, two, three and four of four are right.
    assert len(widths) == 5 and min(widths) > 5


def test_filters_leave_what_they_say(browser, page):
    opened(browser, page, DESKTOP)
    at_the_table(browser)
    assert shown(browser) == 12
    Select(find(browser, "[name=rate]")).select_by_value("band")
    wait(browser, "return document.getElementById('count').textContent.startsWith('6 of 12')")
    Select(find(browser, "[name=rate]")).select_by_value("none")
    assert shown(browser) == 1
    find(browser, "#filters button[type=reset]").click()
    wait(browser, "return document.getElementById('count').textContent.startsWith('12 of')")
    moves = Select(find(browser, "[name=move]"))
    move = moves.options[1].text
    moves.select_by_visible_text(move)
    assert 1 <= shown(browser) < 12
    find(browser, "[name=words]").send_keys("no such words")
    assert shown(browser) == 0 and "No problem is like that." in find(browser, "#table").text


def test_a_problem_is_opened_and_its_tree_leads_to_others(browser, page):
    opened(browser, page, DESKTOP)
    at_the_table(browser)
    find(browser, "#table .open").click()
    article = find(browser, "#problem")
    for part in ("Answer:", "Symbols", "Steps", "Where it comes from", "seed "):
        assert part in article.text
    assert len(texts(browser, "#problem [aria-current=true]")) == 1
    first = find(browser, "#problem .text").text
    wait(browser, "return document.querySelector('.tabulator-row.chosen')")
    browser.execute_script(
        "document.querySelectorAll('#problem details').forEach(d => d.open = true)"
    )
    others = browser.find_elements(By.CSS_SELECTOR, "#problem .tree button")
    if others:
        others[0].click()
        assert find(browser, "#problem .text").text != first


def test_the_keyboard_alone_opens_a_problem(browser, page):
    opened(browser, page, PHONE)
    at_the_table(browser)
    find(browser, "#filters button[type=reset]").send_keys(Keys.TAB)
    for _ in range(12):
        active = browser.switch_to.active_element
        if "open" in (active.get_attribute("class") or "").split():
            break
        active.send_keys(Keys.TAB)
    text = active.text
    active.send_keys(Keys.ENTER)
    assert find(browser, "#problem .text").text.startswith(text[:30])
    assert browser.switch_to.active_element == find(browser, "#problem")


def test_hostile_text_is_shown_and_does_nothing(browser, page):
    opened(browser, page, DESKTOP)
    at_the_table(browser)
    find(browser, "[name=words]").send_keys("onerror")
    assert shown(browser) == 1
    find(browser, "#table .open").click()
    assert find(browser, "#problem .text").text == HOSTILE
    for _ in range(2):  # the first time the details open, what is in them is drawn
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert HOSTILE in find(browser, "#prompts").text and HOSTILE in find(browser, "#loop").text
    assert browser.execute_script("return window.hit === undefined")
    assert browser.execute_script("return document.images.length") == 0
    # Even a fault of the page's own would not let it run.
    browser.execute_script("document.body.insertAdjacentHTML('beforeend', arguments[0])", HOSTILE)
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    assert browser.execute_script("return window.hit === undefined")
