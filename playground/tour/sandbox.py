"""The playground without a story: everything runs, and whoever sits at the terminal plays the people."""

from __future__ import annotations

import sys
import time

from playground import samples
from playground.slack import ClientRefused
from playground.tour.alarms import ALARM, backlog
from playground.tour.screen import Screen
from playground.tour.world import Options, World

HELP = (
    "Type what a person types, in #ml-jobs or another channel (only ana may submit):",
    "  ana /batch help",
    "  ana /batch submit {uri} model=haiku name=my-first",
    "  ben #ml-alarms /batch metrics range=7d",
    "  ring            (a CloudWatch alarm goes off; recover ends it)",
    "Ctrl-C ends it all.",
)


def keep_open(options: Options) -> int:
    """Start everything, say where it is, and do what is typed until Ctrl-C."""
    options.out.mkdir(parents=True, exist_ok=True)
    with World(options) as world:
        screen = Screen(world.slack.workspace, options.out, colours=options.colours)
        uri = world.aws.put(world.aws.in_bucket, "samples/docs.jsonl", samples.with_bad(2_000))
        world.start_bot()
        if not options.socket_mode:
            world.aws.sns.subscribe_http(world.topic, f"{world.bot.url}/sns")
        else:
            world.aws.sns.subscribe(world.topic, "sqs", world.queue_arn)
        world.aws.client("cloudwatch").put_metric_alarm(**backlog(world.topic))
        screen.say(*_addresses(world), "", *(line.format(uri=uri) for line in HELP), "")
        try:
            _listen(world, screen)
        except KeyboardInterrupt:
            screen.say("", f"Ended. The channels as they were: {screen.save()}")
        finally:
            screen.close()
    return 0


def _addresses(world: World) -> list[str]:
    other = {**world.slack.env(), **world.aws.env()}
    channels = ", ".join(f"#{c.name} {c.id}" for c in world.slack.workspace.channels.values() if not c.is_im)
    return [
        f"The bot       {world.bot.url}   (healthz, readyz, slack/events, sns)",
        f"Slack's API   {world.slack.api_url}",
        f"Channels      {channels}",
        f"SNS topic     {world.topic}",
        "",
        "To point another bot or script here:",
        *(f"  export {key}={value}" for key, value in sorted(other.items())),
    ]


def _listen(world: World, screen: Screen) -> None:
    """Do what is typed; with nobody at the keyboard, just stay."""
    for line in sys.stdin:
        words = line.split()
        try:
            if words:
                _do(world, screen, words)
        except (KeyError, IndexError, ClientRefused) as error:
            screen.say(f"That cannot be done: {str(error) or type(error).__name__}. Try: ana /batch help")
    while True:
        time.sleep(3600)


def _do(world: World, screen: Screen, words: list[str]) -> None:
    if words[0] in {"ring", "recover"}:
        (world.aws.cloudwatch.ring if words[0] == "ring" else world.aws.cloudwatch.recover)(ALARM)
        return
    if len(words) < 2:
        raise ClientRefused("a person and a command are needed")
    person = world.slack.person(words.pop(0))
    channel = words.pop(0).removeprefix("#") if words and words[0].startswith("#") else "ml-jobs"
    command = words.pop(0)
    delivery = person.slash(command, " ".join(words), channel)
    if not delivery.ok:
        screen.say(f"{command} failed with the error {delivery.error!r}")
