"""A foreign Bolt app in a real browser: every element of Block Kit is drawn, and what it is given reaches the bot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from slack_sdk import WebClient

from playground.page.run import Playground
from playground.tour.world import Options, World
from tests.playground.browser import Tab, executable
from tests.playground.foreign import MANIFEST, Pantry, serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]
TOO_WIDE = """[...document.querySelectorAll('.message *')]
  .filter(e => !e.closest('.scroll, svg') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.outerHTML.slice(0, 160))"""
Kit = tuple[World, Pantry, str]
Do = Callable[[Locator], None]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The playground with the foreign app installed and running."""
    executable()
    manifest: Path = tmp_path_factory.mktemp("kit") / "manifest.yaml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    with World(Options(manifest=manifest)) as world:
        pantry = Pantry(WebClient(world.slack.bot_token, base_url=world.slack.api_url), world.slack.signing_secret)
        server = serve(pantry.app)
        pantry.url = f"http://127.0.0.1:{server.server_port}"
        playground = Playground(world, bot=False, bot_url=pantry.url, port=0)
        with playground.opened() as url:
            yield world, pantry, url
        server.shutdown()
        server.server_close()


def pick(*words: str, search: str = "") -> Do:
    """Open a select, search, choose these, and leave the menu."""

    def do(control: Locator) -> None:
        page = control.page
        control.click()
        if search:
            page.keyboard.type(search)
        for word in words:
            page.locator(f".menu [role=option]:has-text('{word}')").click()
        if page.locator(".menu").count():
            page.keyboard.press("Escape")
        expect(page.locator(".menu")).to_have_count(0)

    return do


def fill(value: str) -> Do:
    return lambda control: control.fill(value)


# What a person does with each kind of element, and what Slack calls the value.
ACTS: dict[str, tuple[Do, str, Any]] = {
    "static_select": (pick("Banana"), "selected_option", "banana"),
    "external_select": (pick("Ab2", search="ab"), "selected_option", "ab2"),
    "users_select": (pick("Ben Okafor"), "selected_user", "U0BEN00001"),
    "conversations_select": (pick("#leads"), "selected_conversation", "leads"),
    "channels_select": (pick("#random"), "selected_channel", "random"),
    "multi_static_select": (pick("Carrot", "Beet"), "selected_options", ["carrot", "beet"]),
    "multi_external_select": (pick("X1", "X2", search="x"), "selected_options", ["x1", "x2"]),
    "multi_users_select": (pick("Ana Lopes", "Cy Tanaka"), "selected_users", ["U0ANA00001", "U0CY00001"]),
    "multi_conversations_select": (pick("#leads", "#general"), "selected_conversations", ["leads", "general"]),
    "multi_channels_select": (pick("#random"), "selected_channels", ["random"]),
    "datepicker": (fill("2026-12-24"), "selected_date", "2026-12-24"),
    "timepicker": (fill("18:30"), "selected_time", "18:30"),
    "datetimepicker": (fill("2026-12-24T18:30"), "selected_date_time", 1798137000),
}
TYPED: dict[str, tuple[str, str, Any]] = {
    "plain_text_input": ("new words", "value", "new words"),
    "email_text_input": ("ana@example.com", "value", "ana@example.com"),
    "url_text_input": ("https://example.com/", "value", "https://example.com/"),
    "number_input": ("7", "value", "7"),
    "rich_text_input": (
        "as *typed*",
        "rich_text_value",
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "as *typed*"}]}],
        },
    ),
}


def _same(world: World, told: Any, wanted: Any) -> bool:
    """Whether the value is this one; options by their value, channels by their name."""
    if isinstance(told, list):
        return len(told) == len(wanted) and all(_same(world, *pair) for pair in zip(told, wanted, strict=True))
    if isinstance(told, dict) and "value" in told:
        return bool(told["value"] == wanted and told["text"]["type"] == "plain_text")
    channel = world.slack.workspace.channels.get(told) if isinstance(told, str) else None
    return bool((channel.name if channel else told) == wanted)


def _tab(browser: Browser, url: str, channel: str, **more: Any) -> Tab:
    return Tab(browser, f"{url}?channel={channel}", timezone_id="UTC", **more)


def test_every_control_of_a_message_tells_the_bot_what_was_chosen(kit: Kit, browser: Browser) -> None:
    world, pantry, url = kit
    tab = _tab(browser, url, "ml-jobs")
    tab.type("/kit controls")
    message = tab.page.locator(".message:not(.ephemeral)").last
    expect(message.locator("[data-action=button]")).to_be_visible()

    for kind, (act, key, value) in ACTS.items():
        act(message.locator(f"[data-action={kind}]"))
        tab.page.wait_for_timeout(30)
        _heard(world, pantry, kind, key, value)
    message.locator("[data-action=checkboxes][value=apple]").check()
    message.locator("[data-action=checkboxes][value=cherry]").check()
    _heard(world, pantry, "checkboxes", "selected_options", ["apple", "cherry"])
    message.locator("[data-action=radio_buttons][value=banana]").check()
    _heard(world, pantry, "radio_buttons", "selected_option", "banana")
    message.locator("[data-action=overflow]").click()
    tab.page.locator(".menu [role=option]:has-text('Edit')").click()
    tab.page.click("[data-confirm=yes]")
    _heard(world, pantry, "overflow", "selected_option", "edit")
    message.locator("[data-action=plain_text_input]").fill("a note")
    message.locator("[data-action=button]").click()
    tab.shot("40-controls")

    body = _heard(world, pantry, "button", "value", "v1")
    state = body["state"]["values"]
    assert state["note"]["plain_text_input"]["value"] == "a note"
    assert _same(world, state["choosing"]["multi_external_select"]["selected_options"], ["x1", "x2"])
    assert state["picking"]["timepicker"] == {"type": "timepicker", "selected_time": "18:30"}
    assert "overflow" not in state.get("more", {})
    assert body["container"] == {
        "type": "message", "message_ts": body["message"]["ts"], "channel_id": world.jobs.id, "is_ephemeral": False
    }  # fmt: skip
    assert tab.errors == []


def _heard(world: World, pantry: Pantry, action: str, key: str, value: Any) -> Any:
    """What the bot heard of this action, once it has this value."""

    def look() -> Any:
        known = [b for b in pantry.heard if b.get("actions", [{}])[0].get("action_id") == action]
        return known[-1] if known and _same(world, known[-1]["actions"][0].get(key), value) else None

    try:
        return world.slack.workspace.wait_for(look, 5)
    except TimeoutError:
        pytest.fail(f"{action}: {key} was to be {value!r}; heard {pantry.last(action)['actions']}")


def test_what_is_chosen_stays_when_the_message_is_drawn_again_and_is_each_persons_own(
    kit: Kit, browser: Browser
) -> None:
    world, _, url = kit
    tab = _tab(browser, url, "ml-summary")
    tab.type("/kit controls")
    message = tab.page.locator(".message:not(.ephemeral)").last
    pick("Cherry")(message.locator("[data-action=static_select]"))
    posted = world.summary.messages[-1]
    world.slack.workspace.edit(posted, text="Edited")

    expect(message).to_contain_text("(edited)")
    expect(message.locator("[data-action=static_select]")).to_contain_text("Cherry")
    tab.page.select_option("#me", "ben")
    expect(message.locator("[data-action=static_select]")).to_contain_text("Pick a fruit")


def test_charts_and_tables_are_drawn(kit: Kit, browser: Browser) -> None:
    world, pantry, url = kit
    tab = _tab(browser, url, "ml-alarms")
    tab.type("/kit charts")
    lines = tab.page.locator(".message:has-text('Line chart')")
    expect(lines.locator(".chart svg polyline")).to_have_count(4)
    expect(lines.locator(".chart svg polygon")).to_have_count(2)
    expect(lines.locator(".chart").first).to_contain_text("records")
    shares = tab.page.locator(".message:has-text('Bar chart')")
    expect(shares.locator(".chart svg rect.bar")).to_have_count(12)
    expect(shares.locator(".chart svg .slice")).to_have_count(2)
    expect(shares).to_contain_text("failed (30 %)")
    expect(shares.locator(".attachment")).to_contain_text("An older way")
    shares.locator(".attachment [data-action=button]").click()
    _heard(world, pantry, "button", "value", "b")

    rows = lines.locator("tbody tr")
    expect(rows).to_have_count(5)
    lines.locator(".sort:has-text('Records')").click()
    expect(rows.first).to_contain_text("job-3")
    lines.locator(".pager button:has-text('Next')").click()
    expect(rows).to_have_count(3)
    tab.shot("41-charts")
    assert tab.errors == []


def test_a_form_opens_loading_is_updated_and_sends_every_field(kit: Kit, browser: Browser) -> None:
    world, pantry, url = kit
    tab = _tab(browser, url, "random")
    page = tab.page
    tab.type("/kit loading")
    expect(page.locator("#modal .body")).to_contain_text("Loading…")
    expect(page.locator("#modal [data-action=submit]")).to_have_count(0)
    tab.shot("42-loading")
    pantry.loaded.set()
    expect(page.locator("[data-block=told]")).to_be_visible()
    refused = world.slack.workspace.wait_for(lambda: [b for b in pantry.heard if b["type"] == "refused"])
    assert "hash_conflict" in refused[0]["why"]

    expect(page.locator("[data-block=file_input] .unknown")).to_contain_text("not drawn here")
    for kind, (text, _, _) in TYPED.items():
        page.fill(f"#field-{kind}", text)
    for kind, (act, _, _) in ACTS.items():
        act(page.locator(f"#modal [data-block={kind}] [data-action={kind}]"))
    page.check("#modal [data-action=checkboxes][value=cherry]")
    page.check("#modal [data-action=radio_buttons][value=apple]")
    tab.shot("43-form")

    pick("Apple")(page.locator("#field-told"))
    told = _heard(world, pantry, "told", "selected_option", "apple")
    assert told["view"]["state"]["values"]["plain_text_input"]["plain_text_input"]["value"] == "new words"
    page.fill("#field-live", "half")
    page.keyboard.press("Enter")
    live = _heard(world, pantry, "live", "value", "half")
    assert (live["container"], "message" in live) == ({"type": "view", "view_id": live["view"]["id"]}, False)
    page.click("#modal [data-action=button]")
    button = _heard(world, pantry, "button", "value", "p")
    assert button["view"]["state"]["values"]["number_input"]["number_input"]["value"] == "7"

    page.click("[data-action=submit]")
    expect(page.locator("#modal")).to_be_hidden()
    values = next(b for b in reversed(pantry.heard) if b["type"] == "view_submission")["view"]["state"]["values"]
    sent = {kind: (key, value) for kind, (_, key, value) in [*ACTS.items(), *TYPED.items()]}
    for kind, (key, value) in sent.items():
        state = values[kind][kind]
        assert state["type"] == kind
        assert _same(world, state[key], value), (kind, state)
    assert _same(world, values["checkboxes"]["checkboxes"]["selected_options"], ["cherry"])
    assert values["file_input"]["file_input"] == {"type": "file_input", "files": []}
    assert tab.errors == []


def test_a_form_that_the_bot_does_not_take_says_so_above_the_form(kit: Kit, browser: Browser) -> None:
    world, pantry, url = kit
    tab = _tab(browser, url, "random")
    tab.type("/kit form")
    expect(tab.page.locator("#modal-title")).to_have_text("Everything")
    world.slack.connect("http://127.0.0.1:9")
    try:
        tab.page.fill("#field-plain_text_input", "")
        tab.page.click("[data-action=submit]")
        expect(tab.page.locator("#toasts:popover-open .toast")).to_contain_text("The form failed")
        tab.shot("43-form-failed")
    finally:
        world.slack.connect(pantry.url)
    expect(tab.page.locator("#modal")).to_be_visible()
    expect(tab.page.locator("#field-plain_text_input")).to_have_value("")
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#modal")).to_be_hidden()


def test_shortcuts_are_taken_from_a_message_and_from_the_field(kit: Kit, browser: Browser) -> None:
    world, pantry, url = kit
    tab = _tab(browser, url, "general")
    page = tab.page
    tab.type("what does it mean?")
    message = page.locator(".message:has-text('what does it mean?')")
    message.hover()
    message.locator("[aria-label='More actions']").click()
    tab.shot("44-shortcuts")
    page.locator(".menu [role=option]:has-text('Explain this')").click()
    told = world.slack.workspace.wait_for(lambda: [b for b in pantry.heard if b["type"] == "message_action"])[-1]
    assert (told["callback_id"], told["message"]["text"]) == ("explain", "what does it mean?")
    assert told["response_url"].startswith("http")
    page.click("#plus")
    page.locator(".menu [role=option]:has-text('New order')").click()
    told = world.slack.workspace.wait_for(lambda: [b for b in pantry.heard if b["type"] == "shortcut"])[-1]
    assert (told["callback_id"], "channel" in told) == ("order", False)


def test_what_only_one_person_sees_is_dismissed(kit: Kit, browser: Browser) -> None:
    world, _, url = kit
    tab = _tab(browser, url, "general")
    tab.type("/kit whisper")
    whisper = tab.page.locator(".message.ephemeral")
    expect(whisper).to_contain_text("Only visible to you")
    whisper.locator("button:has-text('Dismiss message')").click()
    expect(whisper).to_have_count(0)
    head = world.slack.workspace.post(world.slack.channel("general"), world.ben.id, "a thread")
    world.slack.workspace.whisper(world.slack.channel("general"), world.ana.id, "in the thread", thread_ts=head.ts)
    message = tab.page.locator(f"#messages .message[data-ts='{head.ts}']")
    expect(message.locator(".replies")).to_have_count(0)
    message.hover()
    message.locator("[aria-label='Reply in thread']").click()
    hidden = tab.page.locator("#thread .message.ephemeral")
    expect(hidden).to_contain_text("in the thread")
    hidden.locator("button:has-text('Dismiss message')").click()
    expect(hidden).to_have_count(0)


def test_the_home_of_the_app_is_published_and_its_controls_act(kit: Kit, browser: Browser) -> None:
    world, pantry, url = kit
    tab = _tab(browser, url, "home")
    page = tab.page
    page.click("[data-channel=home]")
    expect(page.locator(".home h3")).to_have_text("My pantry")
    expect(page.locator(".home tbody tr")).to_have_count(5)
    pick("Banana")(page.locator(".home [data-action=static_select]"))
    told = _heard(world, pantry, "static_select", "selected_option", "banana")
    assert (told["view"]["type"], told["container"]["type"]) == ("home", "view")
    page.fill(".home [data-action=plain_text_input]", "milk")
    page.click(".home [data-action=button]")
    body = _heard(world, pantry, "button", "value", "v1")
    assert body["view"]["state"]["values"]["note"]["plain_text_input"]["value"] == "milk"
    tab.shot("45-home")
    assert tab.errors == []


def test_everything_fits_a_phone_in_the_dark(kit: Kit, browser: Browser) -> None:
    _, _, url = kit
    tab = _tab(browser, url, "ml-jobs&theme=dark", viewport={"width": 390, "height": 844}, has_touch=True)
    page = tab.page
    for word in ("controls", "charts"):
        tab.type(f"/kit {word}")
    expect(page.locator(".chart")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(TOO_WIDE) == []
    tab.shot("46-phone-charts")
    page.locator(".message:has([data-action=static_select])").last.scroll_into_view_if_needed()
    tab.shot("47-phone-controls")
    page.locator("[data-action=multi_static_select]").last.click()
    page.locator(".menu [role=option]:has-text('Beet')").click()
    tab.shot("48-phone-menu")
    page.keyboard.press("Escape")
    tab.type("/kit form")
    expect(page.locator("#modal")).to_be_visible()
    page.wait_for_timeout(150)
    tab.shot("49-phone-form")
    page.click("#modal [aria-label=Close]")
    assert tab.errors == []
