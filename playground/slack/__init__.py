"""A Slack workspace in a process: it behaves, and refuses, as the real one does."""

from playground.slack.calls import Call
from playground.slack.courier import Delivery
from playground.slack.faults import Faults
from playground.slack.limits import Problem, check_blocks, check_message, check_view
from playground.slack.model import Channel, File, Message, Notification, View
from playground.slack.mrkdwn import mentions
from playground.slack.person import Person
from playground.slack.refusals import ClientRefused
from playground.slack.server import SlackServer
from playground.slack.workspace import Workspace

__all__ = [
    "Call",
    "Channel",
    "ClientRefused",
    "Delivery",
    "Faults",
    "File",
    "Message",
    "Notification",
    "Person",
    "Problem",
    "SlackServer",
    "View",
    "Workspace",
    "check_blocks",
    "check_message",
    "check_view",
    "mentions",
]
