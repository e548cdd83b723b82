"""The operations of SNS, one small function each, and the table that the door looks them up in."""

import json
from collections.abc import Callable
from typing import Any

from playground.aws.errors import AwsError
from playground.aws.sns.attributes import check_subscription, check_topic
from playground.aws.sns.patience import effective_of_topic
from playground.aws.sns.service import Sns
from playground.aws.sns.topics import Subscription

Params = dict[str, Any]


def _create_topic(sns: Sns, params: Params) -> Params:
    return {"TopicArn": sns.create_topic(params.get("Name", ""), params.get("Attributes")).arn}


def _delete_topic(sns: Sns, params: Params) -> Params:
    gone = sns.topics.pop(params.get("TopicArn", ""), None)
    for subscription in [s for s in sns.subscriptions.values() if s.topic is gone]:
        del sns.subscriptions[subscription.arn]
    return {}


def _subscribe(sns: Sns, params: Params) -> Params:
    made = sns.subscribe(
        params.get("TopicArn", ""), params.get("Protocol", ""), params.get("Endpoint", ""), params.get("Attributes")
    )
    shown = made.confirmed or params.get("ReturnSubscriptionArn") == "true"
    return {"SubscriptionArn": made.arn if shown else "pending confirmation"}


def _confirm(sns: Sns, params: Params) -> Params:
    authenticate = params.get("AuthenticateOnUnsubscribe", "").lower() == "true"
    made = sns.confirm(params.get("TopicArn", ""), params.get("Token", ""), authenticate_on_unsubscribe=authenticate)
    return {"SubscriptionArn": made.arn}


def _unsubscribe(sns: Sns, params: Params) -> Params:
    arn = params.get("SubscriptionArn", "")
    known = sns.subscriptions.get(arn)
    if known is not None and known.authenticate_on_unsubscribe and params.get("Unsigned"):
        raise AwsError("AuthorizationError", "Only the owner may remove this subscription", 403)
    sns.unsubscribe(arn)
    return {}


def _publish(sns: Sns, params: Params) -> Params:
    arn = params.get("TopicArn") or params.get("TargetArn") or ""
    message = params.get("Message", "")
    return {"MessageId": sns.publish(arn, message, params.get("Subject"), params.get("MessageAttributes"))}


def _list_topics(sns: Sns, params: Params) -> Params:
    return _page([{"TopicArn": arn} for arn in sns.topics], "Topics", params)


def _list_subscriptions(sns: Sns, params: Params) -> Params:
    return _page([s.shown() for s in list(sns.subscriptions.values())], "Subscriptions", params)


def _list_subscriptions_by_topic(sns: Sns, params: Params) -> Params:
    topic = sns.topic(params.get("TopicArn", ""))
    found = [s.shown() for s in list(sns.subscriptions.values()) if s.topic is topic]
    return _page(found, "Subscriptions", params)


def _get_topic(sns: Sns, params: Params) -> Params:
    topic = sns.topic(params.get("TopicArn", ""))
    subscriptions = [s for s in list(sns.subscriptions.values()) if s.topic is topic]
    confirmed = sum(s.confirmed for s in subscriptions)
    shown = {
        "TopicArn": topic.arn,
        "Owner": topic.arn.split(":")[4],
        "SubscriptionsConfirmed": str(confirmed),
        "SubscriptionsPending": str(len(subscriptions) - confirmed),
        "SubscriptionsDeleted": "0",
        "DisplayName": "",
        "Policy": topic.policy,
        "EffectiveDeliveryPolicy": json.dumps(effective_of_topic(topic.attributes.get("DeliveryPolicy"))),
    }
    return {"Attributes": shown | topic.attributes}


def _set_topic(sns: Sns, params: Params) -> Params:
    topic = sns.topic(params.get("TopicArn", ""))
    name, value = params.get("AttributeName", ""), params.get("AttributeValue", "")
    check_topic(name, value)
    topic.attributes[name] = value
    return {}


def _subscription(sns: Sns, params: Params) -> Subscription:
    found = sns.subscriptions.get(params.get("SubscriptionArn", ""))
    if found is None:
        raise AwsError("NotFound", "Subscription does not exist")
    return found


def _get_subscription(sns: Sns, params: Params) -> Params:
    found = _subscription(sns, params)
    shown = found.shown() | {
        "SubscriptionArn": found.arn,
        "PendingConfirmation": str(not found.confirmed).lower(),
        "ConfirmationWasAuthenticated": str(found.authenticate_on_unsubscribe).lower(),
        "RawMessageDelivery": str(found.raw).lower(),
    }
    if found.protocol != "sqs":
        shown["EffectiveDeliveryPolicy"] = json.dumps(found.policy())
    return {"Attributes": shown | {key: value for key, value in found.attributes.items() if value}}


def _set_subscription(sns: Sns, params: Params) -> Params:
    name, value = params.get("AttributeName", ""), params.get("AttributeValue", "")
    found = _subscription(sns, params)
    check_subscription(name, value, found.topic.arn)
    found.attributes[name] = value
    return {}


def _page(items: list[dict[str, str]], field: str, params: Params) -> Params:
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidParameter", "Invalid parameter: NextToken")
    start = int(token)
    page: Params = {field: items[start : start + 100]}
    return page | ({"NextToken": start + 100} if start + 100 < len(items) else {})


OPERATIONS: dict[str, Callable[[Sns, Params], Params]] = {
    "CreateTopic": _create_topic,
    "DeleteTopic": _delete_topic,
    "Subscribe": _subscribe,
    "ConfirmSubscription": _confirm,
    "Unsubscribe": _unsubscribe,
    "Publish": _publish,
    "ListTopics": _list_topics,
    "ListSubscriptions": _list_subscriptions,
    "ListSubscriptionsByTopic": _list_subscriptions_by_topic,
    "GetTopicAttributes": _get_topic,
    "SetTopicAttributes": _set_topic,
    "GetSubscriptionAttributes": _get_subscription,
    "SetSubscriptionAttributes": _set_subscription,
}
