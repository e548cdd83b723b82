"""The error tree; each docstring is the sentence that the person reads.

BotError
├── BadInput            the person typed something that cannot work (carries the field)
│   └── NotFound
├── NotAllowed
├── Misconfigured       the operator has to change a setting
├── Busy                the database did not take the request in time
├── NoPicture           there is nothing to draw, and there never will be
├── AwsError            Amazon said no or nothing (carries code and request id)
│   ├── AwsDenied
│   ├── AwsGone
│   ├── AwsConflict
│   └── AwsUnavailable  worth another try
├── SlackError          Slack said no or nothing (carries Slack's code)
│   ├── SlackUnavailable  worth another try (may carry how long to wait)
│   ├── ChannelRefused    the bot cannot post there
│   └── MessageGone       what was to be edited is no longer there
├── HookError           an address that was to be called said no or nothing
│   ├── HookRefused
│   └── HookUnavailable   worth another try
└── Refused             a message from outside that must not be believed
    └── Unverifiable      it cannot be judged now; the sender should try again
"""

from __future__ import annotations


class BotError(Exception):
    """Something went wrong on my side. Please try again; if it stays, ask whoever runs me to look at the log."""

    def __init__(self, sentence: str | None = None) -> None:
        """Keep ``sentence`` as what the person reads; the class's own docstring by default."""
        self.sentence = sentence or " ".join((type(self).__doc__ or "").split())
        super().__init__(self.sentence)


class BadInput(BotError):
    """That cannot work as it was typed."""

    def __init__(self, sentence: str | None = None, *, field: str | None = None) -> None:
        """``field`` names the input at fault (``name``, ``model``, ``input``, ``output``, ``timeout``, ``range``…)."""
        super().__init__(sentence)
        self.field = field


class NotFound(BadInput):
    """I know nothing by that name. `list` shows what I know."""


class NotAllowed(BotError):
    """You may not do that. Ask one of the bot's admins to do it, or to give you the right."""


class Misconfigured(BotError):
    """I am not set up for that yet. Whoever runs me has to complete the settings."""


class Busy(BotError):
    """I could not save your request in time, so nothing was started. Please try once more in a minute."""


class NoPicture(BotError):
    """There is nothing that could be drawn."""


class AwsError(BotError):
    """Amazon refused the request."""

    def __init__(self, sentence: str | None = None, *, code: str = "", request_id: str = "") -> None:
        """``code`` is the service's error code, ``request_id`` what AWS support asks for."""
        super().__init__(sentence)
        self.code = code
        self.request_id = request_id


class AwsDenied(AwsError):
    """Amazon does not allow me that. Whoever runs me has to add the missing permission."""


class AwsGone(AwsError):
    """Amazon does not know that any more."""


class AwsConflict(AwsError):
    """That was already over when I asked for it."""


class AwsUnavailable(AwsError):
    """Amazon does not answer at the moment. I keep trying; nothing is lost."""


class SlackError(BotError):
    """Slack refused the message."""

    def __init__(self, sentence: str | None = None, *, code: str = "") -> None:
        """``code`` is the ``error`` field of Slack's answer."""
        super().__init__(sentence)
        self.code = code


class SlackUnavailable(SlackError):
    """Slack does not answer at the moment. I keep trying; nothing is lost."""

    def __init__(self, sentence: str | None = None, *, code: str = "", retry_after: float | None = None) -> None:
        """``retry_after`` is Slack's own wish, in seconds, where it gave one."""
        super().__init__(sentence, code=code)
        self.retry_after = retry_after


class ChannelRefused(SlackError):
    """I cannot post in that channel. Invite me there with /invite."""


class MessageGone(SlackError):
    """That message cannot be edited any more."""


class HookError(BotError):
    """The address that was to be called did not take it."""


class HookRefused(HookError):
    """The address that was to be called refused it."""


class HookUnavailable(HookError):
    """The address that was to be called does not answer at the moment. I keep trying."""


class Refused(BotError):
    """A message that claims to come from Amazon SNS could not be believed."""


class Unverifiable(Refused):
    """The certificate that proves the message could not be had just now."""
