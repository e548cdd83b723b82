"""The page in a real browser, with the real bot behind it: what a person does and sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from playground.page.run import Playground
from playground.tour.world import Options, World
from tests.playground.browser import Tab, executable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def open_page() -> Iterator[tuple[Playground, str]]:
    """The whole playground, as the command opens it."""
    executable()
    world = World(Options(speed=60, submitters=("ana", "ben"), admins=("ben",), summary_cron="0 0 * * *"))
    with world:
        playground = Playground(world, port=0)
        with playground.opened() as url:
            yield playground, url


def test_a_person_submits_watches_stops_and_sees_alarm_and_chart(
    open_page: tuple[Playground, str], browser: Browser
) -> None:
    _, url = open_page
    tab = Tab(browser, url)
    _first_screen(tab)
    _help_by_completion(tab)
    _form(tab)
    _job_fills_without_reloading(tab, url)
    _other_person(tab, browser, url)
    _stop(tab)
    _metrics(tab)
    _alarm(tab)
    _panels(tab)
    _killed_and_started_again(tab)
    _dark(tab)
    _phone(browser, url)
    assert tab.errors == []
    assert {address for address in tab.asked if not address.startswith((url, "data:"))} == set()


def _first_screen(tab: Tab) -> None:
    page = tab.page
    expect(page.locator(".welcome")).to_contain_text("Slack and AWS in a box")
    expect(page.locator(".starter").first).to_contain_text("/batch help")
    tab.shot("01-first")
    page.locator(".starter").first.click()
    expect(page.locator("#text")).to_have_value("/batch help")
    page.fill("#text", "")


def _help_by_completion(tab: Tab) -> None:
    page = tab.page
    page.locator("#text").press_sequentially("/")
    expect(page.locator("#completion [role=option]").first).to_contain_text("/batch submit | status")
    page.keyboard.press("Tab")
    expect(page.locator("#completion")).to_contain_text("/batch status [job]")
    tab.shot("02-completion")
    page.keyboard.type("he")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("/batch help")
    page.keyboard.press("Enter")
    answer = page.locator(".message.ephemeral")
    expect(answer).to_contain_text("Only visible to you")
    expect(answer.locator("button[data-action='verb.submit']")).to_be_visible()
    tab.shot("03-help")


def _form(tab: Tab) -> None:
    page = tab.page
    page.click("[data-action='verb.submit']")
    expect(page.locator("#modal-title")).to_have_text("Submit a batch job")
    tab.shot("04-form")
    page.fill("#field-name", "no spaces allowed")
    page.fill("#field-input", "s3://elsewhere/docs.jsonl")
    page.fill("#field-timeout", "3")
    page.click("[data-action=submit]")
    expect(page.locator(".input.wrong").first).to_be_visible()
    page.fill("#field-timeout", "24")
    page.click("#field-model")
    page.keyboard.type("haiku")
    page.keyboard.press("Enter")
    expect(page.locator("#field-model")).to_contain_text("Haiku")
    page.click("[data-action=submit]")
    expect(page.locator("[data-block=name] .error")).to_be_visible()
    expect(page.locator("#field-name")).to_have_value("no spaces allowed")
    expect(page.locator("#field-model")).to_contain_text("Haiku")
    expect(page.locator("#field-name")).to_have_attribute("aria-invalid", "true")
    tab.shot("05-form-refused")
    page.fill("#field-name", "by-form")
    page.fill("#field-input", "s3://batchbot-in/docs/some-bad.jsonl")
    page.keyboard.press("Enter")
    expect(page.locator("#modal")).to_be_hidden()


def _card(tab: Tab, name: str) -> str:
    return f'.message:not(.ephemeral):has(a:text-is("{name}"))'


def _job_fills_without_reloading(tab: Tab, url: str) -> None:
    page = tab.page
    page.evaluate("window.neverReloaded = true")
    card = page.locator(_card(tab, "by-form"))
    expect(card).to_contain_text(re.compile(r"[1-9]\d? %"), timeout=30_000)
    tab.shot("06-running")
    expect(card).to_contain_text("12 records failed", timeout=60_000)
    expect(card.locator(".replies")).to_contain_text("1 reply")
    card.locator(".replies").click()
    expect(page.locator("#thread")).to_contain_text("@ana by-form")
    tab.shot("07-thread")
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_be_hidden()
    assert page.evaluate("window.neverReloaded") is True


def _other_person(tab: Tab, browser: Browser, url: str) -> None:
    ben = Tab(browser, f"{url}?me=ben")
    expect(ben.page.locator("#me")).to_have_value("ben")
    expect(ben.page.locator(_card(ben, "by-form"))).to_be_visible()
    expect(ben.page.locator(".ephemeral")).to_have_count(0)
    tab.page.select_option("#me", "ben")
    expect(tab.page.locator(".ephemeral")).to_have_count(0)
    tab.page.select_option("#me", "ana")
    expect(tab.page.locator(".ephemeral")).not_to_have_count(0)
    ben.page.context.close()
    assert ben.errors == []


def _stop(tab: Tab) -> None:
    page = tab.page
    tab.type("/batch submit s3://batchbot-in/docs/good.jsonl model=sonnet name=to-stop")
    card = page.locator(_card(tab, "to-stop"))
    card.locator("[data-action=job_stop]").click(timeout=30_000)
    question = page.locator("dialog.confirm")
    expect(question).to_contain_text("Stop this job?")
    tab.shot("08-question")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    card.locator("[data-action=job_stop]").click()
    page.click("[data-confirm=yes]")
    expect(card).to_contain_text("stopped", timeout=30_000)
    tab.shot("09-stopped")


def _metrics(tab: Tab) -> None:
    page = tab.page
    tab.type("/batch metrics range=7d")
    chart = page.locator(".message img").last
    expect(chart).to_be_visible(timeout=30_000)
    expect(chart).to_have_js_property("complete", value=True)
    assert chart.evaluate("picture => picture.naturalWidth") > 200
    assert len(chart.get_attribute("alt") or "") > 20
    page.wait_for_timeout(200)
    tab.shot("10-metrics")


def _alarm(tab: Tab) -> None:
    page = tab.page
    tab.go("ml-alarms")
    page.click(".starter")
    card = page.locator(".message:has-text('bedrock-batch-backlog')").first
    expect(card).to_contain_text("ALARM")
    expect(card).to_contain_text("limit 15,000")
    expect(card.locator("img")).to_have_js_property("complete", value=True, timeout=30_000)
    tab.shot("11-alarm")
    _in_hand(tab, card)
    page.click("[data-panel=world]")
    page.click("[data-knob=recover]")
    expect(card).to_contain_text("OK", timeout=20_000)
    expect(card.locator(".replies")).to_be_visible()
    page.click("[data-knob='kind:composite']")
    expect(page.locator("[data-knob='kind:composite']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".message:has-text('bedrock-batch-attention')").first).to_contain_text("Rings when")
    tab.shot("12-recovered-world")


def _in_hand(tab: Tab, card: Locator) -> None:
    """Acknowledge by the button, snooze by the select, look at the history by the overflow."""
    page = tab.page
    card.locator("[data-action=alarm_ack]").click()
    expect(card).to_contain_text("Acknowledged by @ana")
    card.locator("[data-action=alarm_snooze]").click()
    tab.shot("11-alarm-snooze")
    page.locator(".menu [role=option]:has-text('2 hours')").click()
    expect(card).to_contain_text("Snoozed until")
    card.locator("[data-action=alarm_unsnooze]").click()
    expect(card).not_to_contain_text("Snoozed until")
    card.locator("[data-action=alarm_more]").click()
    page.locator(".menu [role=option]:has-text('History')").click()
    expect(page.locator(".message.ephemeral").last).to_be_visible()
    tab.shot("11-alarm-history")


def _panels(tab: Tab) -> None:
    page = tab.page
    page.click("[data-panel=traffic]")
    page.locator(".chip:text-is('to the bot')").click()
    row = page.locator("#panel details:visible").first
    row.locator("summary").click()
    expect(row).to_contain_text("x-slack-signature: v0=")
    tab.shot("13-traffic")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def _killed_and_started_again(tab: Tab) -> None:
    page = tab.page
    page.click("[data-panel=world]")
    page.click("[data-knob=bot-kill]")
    expect(page.locator("[data-knob=bot-start]")).to_be_visible()
    tab.go("ml-jobs")
    tab.type("/batch help")
    expect(page.locator(".toast:has-text('dispatch_failed')")).to_be_visible()
    expect(page.locator("#text")).to_have_value("/batch help")
    page.click("[data-knob=bot-start]")
    expect(page.locator("[data-knob=bot-kill]")).to_be_visible(timeout=30_000)
    before = page.locator(".ephemeral").count()
    page.locator("#text").press("Enter")
    expect(page.locator(".ephemeral")).to_have_count(before + 1)
    page.click("[data-panel=world]")


def _phone(browser: Browser, url: str) -> None:
    tab = Tab(browser, f"{url}?channel=ml-jobs&theme=dark", viewport={"width": 390, "height": 844}, has_touch=True)
    page = tab.page
    card = page.locator(_card(tab, "to-stop"))
    card.scroll_into_view_if_needed()
    tab.shot("30-phone-card")
    card.locator("[data-action=job_details]").click()
    expect(page.locator(".ephemeral").last).to_contain_text("time limit")
    page.click("[data-panel=world]")
    page.locator("[data-knob=ring]").scroll_into_view_if_needed()
    tab.shot("31-phone-world")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.errors == []


def _dark(tab: Tab) -> None:
    page = tab.page
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    tab.go("ml-jobs")
    tab.shot("14-dark")
    page.click("#theme")
