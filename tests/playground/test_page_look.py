"""The page in a real browser, without a bot: foreign text, many messages, restarts, phone width, the keyboard."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from playground.page.run import Playground
from playground.tour.world import World
from tests.playground.browser import Tab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

EVIL = "<img src=x onerror=alert(1)> &lt;script&gt;alert(2)&lt;/script&gt; <javascript:alert(3)|click> <https://ok.example/|fine>"
PLAIN = {"type": "plain_text", "text": "<b>bold</b> :tada:"}
UNNAMED = """[...document.querySelectorAll('button, input, select, textarea')]
  .filter(e => e.offsetParent && !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map(e => e.outerHTML)"""
TOO_WIDE = """[...document.querySelectorAll('.message, .block, #panel, #modal, .composer')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 200))"""
OPTIONS = [{"text": {"type": "plain_text", "text": f"Option {n}"}, "value": f"o{n}"} for n in range(12)]


def _say(world: World, text: str, channel: str = "ml-jobs", **content: Any) -> None:
    app = world.slack.workspace.app
    world.slack.workspace.post(world.slack.channel(channel), app.user_id, text, bot_id=app.bot_id, **content)


def test_foreign_text_stays_text(quiet: tuple[World, Playground, str], browser: Browser) -> None:
    world, _, url = quiet
    section = {"type": "section", "text": {"type": "mrkdwn", "text": EVIL}, "fields": [PLAIN]}
    table = {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "<i>h</i>"}], [{"type": "raw_text", "text": "<s>c</s>"}]],
    }
    _say(world, EVIL, "general", blocks=[section, {"type": "header", "text": PLAIN}, table])
    _say(world, EVIL, "general")
    tab = Tab(browser, f"{url}?channel=general")
    messages = tab.page.locator(".message:not(.ephemeral)")

    expect(tab.page.locator(".message:not(.ephemeral)")).to_have_count(2)
    expect(messages.first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(messages.first).to_contain_text("<script>alert(2)</script>")
    expect(messages.first).to_contain_text("<b>bold</b> 🎉")
    assert tab.page.locator(".message :is(img, script, b:has-text('bold'), i, s)").count() == 0
    assert [a.get_attribute("href") for a in tab.page.locator(".message a").all()] == ["https://ok.example/"] * 2
    assert tab.errors == []


def test_a_channel_of_three_hundred_messages_stays_quick_and_at_its_end(
    quiet: tuple[World, Playground, str], browser: Browser
) -> None:
    world, _, url = quiet
    for number in range(300):
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{number}* " + "words " * 20}}]
        _say(world, f"message {number}", "random", blocks=blocks)
    tab = Tab(browser, f"{url}?channel=random")
    expect(tab.page.locator(".message")).to_have_count(300)
    expect(tab.page.locator(".message").last).to_be_in_viewport()
    tab.page.evaluate("document.querySelector('.message').dataset.mine = 'kept'")

    began = time.monotonic()
    _say(world, "one more", "random")
    expect(tab.page.locator(".message").last).to_contain_text("one more")

    assert time.monotonic() - began < 1.5
    expect(tab.page.locator(".message").last).to_be_in_viewport()
    assert tab.page.locator("[data-mine=kept]").count() == 1  # what did not change is not drawn again


def test_the_page_comes_back_by_itself(quiet: tuple[World, Playground, str], browser: Browser) -> None:
    world, playground, url = quiet
    tab = Tab(browser, f"{url}?channel=ml-summary")
    playground.page.stop()
    expect(tab.page.locator("#alive")).to_have_text("Reconnecting…")
    tab.type("lost?")
    expect(tab.page.locator(".toast").first).to_contain_text("does not answer")
    expect(tab.page.locator("#text")).to_have_value("lost?")
    _say(world, "meanwhile", "ml-summary")
    playground.page.start(int(url.rstrip("/").rpartition(":")[2]))
    expect(tab.page.locator(".message")).to_contain_text("meanwhile")
    expect(tab.page.locator("#alive")).to_have_text("")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".message").last).to_contain_text("lost?")


def test_a_mention_elsewhere_is_noticed_and_unread_until_seen(
    quiet: tuple[World, Playground, str], browser: Browser
) -> None:
    world, _, url = quiet
    tab = Tab(browser, f"{url}?channel=leads")
    _say(world, f"<@{world.ana.id}> look", "ml-alarms")
    row = tab.page.locator("[data-channel=ml-alarms]")
    expect(row.locator(".badge")).to_have_text("1")
    expect(tab.page).to_have_title("(1) leads · batchbot playground")
    tab.page.locator(".toast:has-text('@ana look')").click()
    expect(tab.page.locator("#title")).to_have_text("#ml-alarms")
    expect(row.locator(".badge")).to_have_count(0)


def test_at_the_width_of_a_phone_everything_is_reached(quiet: tuple[World, Playground, str], browser: Browser) -> None:
    world, _, url = quiet
    long = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "`" + "unbroken" * 20 + "`"},
        "fields": [PLAIN, PLAIN],
    }
    _say(world, "long", "ml-jobs", blocks=[long])
    tab = Tab(browser, url, viewport={"width": 390, "height": 844}, has_touch=True)
    page = tab.page
    _fits(tab)
    tab.shot("20-phone-channel")
    page.click("#menu")
    expect(page.locator("#sidebar")).to_be_in_viewport()
    page.wait_for_timeout(250)
    tab.shot("21-phone-channels")
    tab.go("ml-alarms")
    expect(page.locator("#title")).to_have_text("#ml-alarms")
    expect(page.locator("#sidebar")).not_to_be_in_viewport()
    page.click("[data-panel=world]")
    expect(page.locator("[data-knob=aws-hang]")).to_be_visible()
    _fits(tab)
    tab.shot("22-phone-world")
    page.click("[aria-label='Close panel']")
    _open_form(world)
    expect(page.locator("#modal")).to_be_visible()
    page.wait_for_timeout(100)
    _fits(tab)
    tab.shot("23-phone-form")
    page.click("#modal [aria-label=Close]")
    expect(page.locator("#modal")).to_be_hidden()
    assert tab.errors == []


def test_the_keyboard_is_enough(quiet: tuple[World, Playground, str], browser: Browser) -> None:
    world, _, url = quiet
    tab = Tab(browser, url, reduced_motion="reduce")
    page = tab.page
    _open_form(world)
    expect(page.locator("#field-name")).to_be_focused()
    page.keyboard.type("typed")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".menu input")).to_be_focused()
    page.keyboard.type("option 1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#field-pick")).to_contain_text("Option 10")
    expect(page.locator("#field-pick")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab.shot("24-keyboard-form")
    page.keyboard.press("Escape")
    expect(page.locator("#modal")).to_be_hidden()
    page.focus("#text")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#title")).to_have_text("#ml-alarms")
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate("getComputedStyle(document.querySelector('#text')).animationName") == "none"


def _open_form(world: World) -> None:
    """A modal as a bot would open it for Ana."""
    text = {"type": "plain_text", "text": "Label"}
    inputs = {
        "name": {"type": "plain_text_input", "action_id": "a"},
        "pick": {"type": "static_select", "action_id": "b", "options": OPTIONS},
        "boxes": {"type": "checkboxes", "action_id": "c", "options": OPTIONS[:3]},
        "day": {"type": "datepicker", "action_id": "d"},
        "who": {"type": "users_select", "action_id": "e"},
        "note": {"type": "plain_text_input", "action_id": "f", "multiline": True},
    }
    blocks = [
        {"type": "input", "block_id": key, "label": text | {"text": key.title()}, "element": e, "hint": PLAIN}
        for key, e in inputs.items()
    ]
    title = {"type": "plain_text", "text": "Every kind of field"}
    view = {"type": "modal", "title": title, "submit": text | {"text": "Send"}, "blocks": blocks}
    world.slack._backend.modals.open(world.ana.id, view)


def _fits(tab: Tab) -> None:
    """Nothing makes the page wider than the screen."""
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.page.evaluate(TOO_WIDE) == []
