"""Settings: every one is documented, every wrong one is refused by its name and without its value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, SecretStr

from bot import settings
from bot.errors import Misconfigured
from bot.settings import Catalogue, Settings
from tests.wire import ROOT

EXAMPLE = ROOT / ".env.example"
ROLE = "arn:aws:iam::111122223333:role/BedrockBatchRole"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No .env of this folder is read."""
    monkeypatch.chdir(tmp_path)


def variables() -> dict[str, str]:
    """Every variable with the field behind it."""
    found = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        found[str(alias.choices[0]) if isinstance(alias, AliasChoices) else str(alias or name.upper())] = name
    return found


def documented() -> dict[str, tuple[str, str]]:
    """Meaning and default of every variable in .env.example."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    found = {}
    for before, line in zip(["", *lines], lines, strict=False):
        if line and not line.startswith("#"):
            name, _, default = line.partition("=")
            assert name not in found, f"{name} stands twice"
            found[name] = (before.removeprefix("# ") if before.startswith("# ") else "", default)
    return found


def refusal(**wrong: Any) -> str:
    with pytest.raises(Misconfigured) as caught:
        settings.load(**wrong)
    return caught.value.sentence


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    """Whoever copies .env.example sees everything that can be set."""
    assert set(documented()) == set(variables())


def test_every_setting_has_one_line_of_meaning() -> None:
    """A comment of a few words stands above each variable."""
    for name, (meaning, _) in documented().items():
        assert len(meaning.split()) >= 3, name


def test_the_defaults_in_the_example_are_the_true_ones() -> None:
    """What the example shows is what an unset variable means."""
    unset = Settings()
    for name, (_, default) in documented().items():
        value = getattr(unset, variables()[name])
        value = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(value, tuple):
            assert (value, default) == ((), ""), name
        elif isinstance(value, bool):
            assert default == str(value).lower(), name
        elif isinstance(value, float):
            assert float(default) == value, name
        else:
            assert default == str(value), name


def test_the_example_itself_can_be_loaded() -> None:
    """Copied as it is, it changes nothing."""
    copied = Settings(_env_file=EXAMPLE)  # type: ignore[call-arg]  # a keyword of BaseSettings itself
    assert copied == Settings()


BAD = {
    "SLACK_API_URL": "ftp-secretvalue",
    "PORT": "secretvalue",
    "BATCHBOT_ROLE_ARN": "arn:aws:iam::1:role/secretvalue",
    "BATCHBOT_OUTPUT_URI": "https://secretvalue/",
    "BATCHBOT_TOPIC_ARNS": "arn:aws:sns:us-east-1:111122223333:ok, secretvalue",
    "BATCHBOT_PUBLIC_URL": "http://secretvalue.example",
    "BATCHBOT_JOBS_CHANNEL": "#secretvalue",
    "BATCHBOT_ALARMS_CHANNEL": "secretvalue",
    "BATCHBOT_SUMMARY_CHANNEL": "U0secretvalue",
    "BATCHBOT_SUMMARY_CRON": "secretvalue * * *",
    "BATCHBOT_TIMEZONE": "Mars/secretvalue",
    "BATCHBOT_ADOPT": "secretvalue",
    "BATCHBOT_MIN_RECORDS": "secretvalue",
    "BATCHBOT_POLL_SECONDS": "0.0",
    "BATCHBOT_CARD_SECONDS": "-3.1415",
    "BATCHBOT_POST_SECONDS": "-3.1415",
    "BATCHBOT_RECONCILE_SECONDS": "-3.1415",
    "BATCHBOT_DRAIN_SECONDS": "0.0",
    "BATCHBOT_HOOK_HOSTS": "https://secretvalue.example",
    "BATCHBOT_COMMAND": "secretvalue",
    "BATCHBOT_SNS_CERT_ORIGIN": "https://secretvalue.example",
    "BATCHBOT_SNS_MAX_AGE_SECONDS": "-3.1415",
    "BATCHBOT_SNS_REQUIRE_V2": "secretvalue",
    "BATCHBOT_METRICS_PORT": "70123",
    "BATCHBOT_LOG_FORMAT": "secretvalue",
    "BATCHBOT_LOG_LEVEL": "secretvalue",
}
FREE = {
    "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "BATCHBOT_DATABASE_URL", "BATCHBOT_CONFIG",
    "BATCHBOT_BUCKETS", "BATCHBOT_SUBMITTERS", "BATCHBOT_ADMINS", "BATCHBOT_OPERATORS", "BATCHBOT_ALARM_QUEUE_URL",
    "BATCHBOT_HOOK_SECRET",
}  # fmt: skip
"""Settings of which any text may be right."""


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_value_is_refused_by_its_name_and_never_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable as it is written in the environment; the value might be a secret."""
    monkeypatch.setenv(name, BAD[name])
    said = refusal()
    assert f" {name}: " in said
    assert BAD[name] not in said
    assert "secretvalue" not in said
    assert said.count(";") == 0, "one fault, one reason"


def test_every_setting_that_can_be_wrong_is_tried() -> None:
    """A new setting has to be put on one of the two lists."""
    assert BAD.keys() | FREE == set(variables())
    assert not BAD.keys() & FREE


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to start the bot once per mistake."""
    for name, value in BAD.items():
        monkeypatch.setenv(name, value)
    said = refusal()
    assert all(f"{name}: " in said for name in BAD)


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """``NAME=`` in a file or a compose template is the same as no line at all."""
    unset = settings.load()
    for name in variables():
        monkeypatch.setenv(name, "")
    assert settings.load() == unset
    assert settings.load().port == 3000
    assert settings.load().database_url.get_secret_value() == "sqlite:///batchbot.db"


@pytest.mark.parametrize(
    "name", ["TIMEZONE", "COMMAND", "CONFIG", "ADMINS", "BUCKETS", "LOG_LEVEL", "SUBMITTERS", "ROLE_ARN"]
)
def test_a_variable_of_somebody_elses_is_none_of_ours(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the documented names count: a machine's own TIMEZONE or ADMINS must not give anybody a right."""
    monkeypatch.setenv(name, "*")
    assert settings.load() == Settings()
    assert settings.load().admins == ()


def test_the_usual_name_of_a_database_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """DATABASE_URL is what platforms set; the bot's own name wins."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/d")
    assert settings.load().database_url.get_secret_value() == "postgresql://u:p@h/d"
    assert not settings.load().is_sqlite
    monkeypatch.setenv("BATCHBOT_DATABASE_URL", "sqlite:///x.db")
    assert settings.load().is_sqlite


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://slack.com/api/", "https://slack.com/api/"),
        ("https://slack.com/api", "https://slack.com/api/"),
        ("https://slack.com", "https://slack.com/api/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/"),
        ("http://gateway/slack/api", "http://gateway/slack/api/"),
    ],
)
def test_the_address_of_slack_in_every_form(given: str, base: str) -> None:
    """With or without path and slash, what the SDK gets ends in one slash."""
    assert settings.load(SLACK_API_URL=given).slack_api_url == base


@pytest.mark.parametrize("given", ["slack.com/api", "https://", "file:///etc/passwd", "//slack.com"])
def test_no_address_of_slack(given: str) -> None:
    """Whatever is no http address is refused at the start, not at the first message."""
    assert "SLACK_API_URL" in refusal(SLACK_API_URL=given)


@pytest.mark.parametrize("given", ["http://127.0.0.1:4566", "http://localhost", "https://[::1]:1/"])
def test_a_loopback_certificate_origin_is_for_tests(given: str) -> None:
    """Loopback is the only place that may stand in for Amazon's certificate host."""
    assert settings.load(BATCHBOT_SNS_CERT_ORIGIN=given).sns_cert_origin == given.rstrip("/")


@pytest.mark.parametrize(
    "given",
    [
        "https://sns.us-east-1.amazonaws.com", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example",
        "http://localhost:80@evil.example/", "http://evil.example#@127.0.0.1", "http://evil.example\\@127.0.0.1@x",
        "127.0.0.1", "http://0.0.0.0", "http://[::1", "http://127.0.0.1\\@evil.example",
    ],
)  # fmt: skip
def test_no_other_certificate_origin(given: str) -> None:
    """Any other host could sign messages of its own."""
    assert "BATCHBOT_SNS_CERT_ORIGIN" in refusal(BATCHBOT_SNS_CERT_ORIGIN=given)


@given(st.lists(st.sampled_from(["U1", "S2", "*", "C-3"]), max_size=5), st.sampled_from([",", " ", ", ", ",,", "\n"]))
def test_lists_take_commas_and_blanks_in_any_number(names: list[str], between: str) -> None:
    """A comma too many makes no empty name, which would be the name of nobody in particular."""
    given_text = between + between.join(names) + between
    assert settings.load(BATCHBOT_SUBMITTERS=given_text).submitters == tuple(names)


def test_the_buckets_are_those_of_the_setting_or_the_output() -> None:
    """Without a list, the output's own bucket and no other."""
    uri = "s3://results/batch/"
    assert settings.load(BATCHBOT_OUTPUT_URI=uri).allowed_buckets == ("results",)
    assert settings.load(BATCHBOT_OUTPUT_URI=uri, BATCHBOT_BUCKETS="a,b").allowed_buckets == ("a", "b")
    assert settings.load().allowed_buckets == ()


def test_secrets_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither repr nor str of the settings shows a token or a password."""
    secrets = {
        "SLACK_BOT_TOKEN": "xoxb-1-secretvalue",
        "SLACK_SIGNING_SECRET": "secretvalue",
        "SLACK_APP_TOKEN": "xapp-secretvalue",
        "DATABASE_URL": "postgresql://u:secretvalue@h/d",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    read = settings.load()
    assert read.slack_bot_token.get_secret_value() == "xoxb-1-secretvalue"
    assert "secretvalue" not in repr(read) + str(read)


def test_roles_of_every_partition() -> None:
    """Also those of GovCloud and China; never one without an account."""
    for arn in (ROLE, ROLE.replace("aws:", "aws-us-gov:", 1), ROLE.replace("role/", "role/service/")):
        assert settings.load(BATCHBOT_ROLE_ARN=arn).role_arn == arn
    refusal(BATCHBOT_ROLE_ARN="arn:aws:iam:::role/x")


# --- the TOML file ----------------------------------------------------------------------------------------------------


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "batchbot.toml"


def toml_refusal(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Misconfigured) as caught:
        settings.load_catalogue(path)
    return caught.value.sentence


def test_without_a_file_the_catalogue_is_empty(tmp_path: Path) -> None:
    """A bot that only shows alarms needs no TOML."""
    assert settings.load_catalogue(tmp_path / "none.toml") == Catalogue()


def test_the_file_that_we_ship_is_good() -> None:
    """The sample catalogue loads, and its models have names."""
    shipped = settings.load_catalogue(EXAMPLE.parent / "batchbot.toml")
    assert len(shipped.models) >= 5
    assert len({m.name for m in shipped.models}) == len(shipped.models)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('[[models]]\nid = "a"\n', "models.0.name", "required"),
        ('[[models]]\nid = "a"\nname = "A"\nprize = 1\n', "models.0.prize", "not permitted"),
        ('[[models]]\nid = "a"\nname = "A"\n[[models]]\nid = ""\nname = "B"\n', "models.1.id", "at least 1"),
        ('[[models]]\nid = "a"\nname = "A"\ninput_per_million = "cheap"\n', "models.0.input_per_million", "decimal"),
        ('[[models]]\nid = "a"\nname = "A"\nas_of = "soon"\n', "models.0.as_of", "date"),
        ('[[routes]]\nalarm = "x"\nchannel = "#alarms"\n', "routes.0.channel", "match pattern"),
        ('[[summaries]]\nchannel = "C012"\ncron = "every day"\n', "summaries.0.cron", "five fields"),
        ('[[summaries]]\nchannel = "C012"\ncron = "0 9 * * *"\ntimezone = "X/Y"\n', "summaries.0.timezone", "IANA"),
        ('[[summaries]]\nchannel = "C012"\ncron = "0 9 * * *"\nrange = "2h"\n', "summaries.0.range", "match pattern"),
        ("[model]\n", "model", "not permitted"),
    ],
)
def test_a_fault_in_the_file_is_told_with_file_place_and_reason(toml: Path, text: str, place: str, reason: str) -> None:
    """The operator opens the file and knows where to look."""
    said = toml_refusal(toml, text)
    assert said.startswith(f"{toml} ")
    assert f"{place}: " in said
    assert reason in said


@pytest.mark.parametrize("text", ["models = [", b"\xff\xfe", "a = 1\na = 2\n"])
def test_what_is_no_toml_is_told_with_its_line(toml: Path, text: str | bytes) -> None:
    """Not a traceback, and the parser's own place where it has one."""
    said = toml_refusal(toml, text)
    assert said.startswith(f"{toml} is not valid TOML: ")
