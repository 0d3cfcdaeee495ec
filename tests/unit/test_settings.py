"""Settings: the operator's contract. Whatever is wrong: one clear sentence, nothing created (R27)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.errors import BadSetting
from fedi_aid.settings import CONFIG_NAME, RULES, Settings, explain, load


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(environ: dict[str, str], **more: object) -> str:
    with pytest.raises(BadSetting) as caught:
        load(environ, **more)  # type: ignore[arg-type]
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return sentence


def test_defaults(tmp_path: Path):
    settings = load({"HOME": "/nowhere", "PATH": ""})
    assert settings.base_url == "http://localhost:8080"
    assert (settings.domain, settings.secure) == ("localhost:8080", False)
    assert settings.data_dir == tmp_path / "data"
    assert settings.sqlite_path == tmp_path / "data" / "fedi_aid.sqlite3"
    assert not settings.is_postgres
    assert settings.registration == "approval"
    assert (settings.allow_private_addresses, settings.allow_public_posts) == (False, False)
    assert settings.fast_butler == 1
    assert list(tmp_path.iterdir()) == []


def test_later_sources_win(tmp_path: Path):
    file = tmp_path / "x.toml"
    file.write_text(
        'registration = "open"\ndaily_ration = 10\npost_max_chars = 700\nallow_public_posts = true\n'
    )
    environ = {"FEDI_AID_DAILY_RATION": "20", "FEDI_AID_POST_MAX_CHARS": "800", "FEDI_AID_INSTANCE_NAME": ""}
    settings = load(environ, file, {"post_max_chars": 900, "daily_ration": None})
    assert (settings.registration, settings.daily_ration, settings.post_max_chars) == ("open", 20, 900)
    assert settings.allow_public_posts is True
    assert settings.instance_name == "fedi_aid"
    assert load(environ | {"FEDI_AID_CONFIG": str(file)}).registration == "open"


def test_a_file_in_the_data_folder_is_found(tmp_path: Path):
    data = tmp_path / "there"
    data.mkdir()
    (data / CONFIG_NAME).write_text('instance_name = "Entraide"\n', encoding="utf-8")
    assert load({"FEDI_AID_DATA_DIR": str(data)}).instance_name == "Entraide"
    assert load({}, None, {"data_dir": data}).instance_name == "Entraide"
    assert load({}).instance_name == "fedi_aid"
    (data / CONFIG_NAME).write_text('data_dir = "/elsewhere"\n')
    assert "another folder" in refused({"FEDI_AID_DATA_DIR": str(data)})
    named = load({}, data / CONFIG_NAME)
    assert named.data_dir == Path("/elsewhere")


def test_unknown_settings_get_a_hint(tmp_path: Path):
    sentence = refused({"FEDI_AID_BASEURL": "https://x.example"})
    assert sentence == "FEDI_AID_BASEURL is not a setting: did you mean FEDI_AID_BASE_URL?"
    assert "see the list" in refused({"FEDI_AID_QQQQ": "1"})
    assert "did you mean FEDI_AID_CONFIG?" in refused({"FEDI_AID_CONFIGS": "x"})
    assert "did you mean --base-url?" in refused({}, overrides={"base_ur": "x"})
    file = tmp_path / "x.toml"
    file.write_text("registrations = 'open'\n")
    assert f"did you mean registration in {file}?" in refused({}, toml_path=file)
    file.write_text("[base]\nurl = 'x'\n")
    assert "base in" in refused({}, toml_path=file)


@pytest.mark.parametrize(
    "content, part",
    [(b"registration = ", "not valid TOML"), (b"\xff\xfe", "not UTF-8"), (b"base_url = 5", "base_url in")],
)
def test_a_bad_file(tmp_path: Path, content: bytes, part: str):
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    assert part in refused({}, toml_path=file)


def test_a_missing_file_or_a_folder(tmp_path: Path):
    assert "does not exist" in refused({"FEDI_AID_CONFIG": str(tmp_path / "none.toml")})
    assert "cannot be read" in refused({"FEDI_AID_CONFIG": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given, kept, domain",
    [
        ("https://Aid.Example/", "https://aid.example", "aid.example"),
        ("HTTPS://aid.example:443", "https://aid.example", "aid.example"),
        ("https://aid.example:8443", "https://aid.example:8443", "aid.example:8443"),
        ("https://été.example", "https://xn--t-9fab.example", "xn--t-9fab.example"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081", "127.0.0.1:8081"),
        ("http://one.localhost:80", "http://one.localhost", "one.localhost"),
        ("http://[::0001]:8081", "http://[::1]:8081", "[::1]:8081"),
    ],
)
def test_base_url_is_normalised(given: str, kept: str, domain: str):
    settings = load({"FEDI_AID_BASE_URL": given})
    assert (settings.base_url, settings.domain) == (kept, domain)
    assert settings.secure == kept.startswith("https:")


@pytest.mark.parametrize(
    "url",
    [
        "aid.example",
        "ftp://aid.example",
        "https://",
        "https://a.example/path",
        "https://a.example?x",
        "https://a..b",
    ]
    + [
        "https://u:p@a.example",
        "https://a.example:0",
        "https://a.example:99999",
        "https://[::x]",
        "https://a b.example",
    ]
    + ["https://a.example#x", "https://-a.example", "https://a_b.example", "https://a.example\\@b.example"],
)
def test_base_url_must_be_an_address_without_path(url: str):
    assert refused({"FEDI_AID_BASE_URL": url}).startswith(
        f'FEDI_AID_BASE_URL is "{url}", which cannot be used'
    )


def test_plain_http_needs_this_machine_or_permission():
    assert "plain http" in refused({"FEDI_AID_BASE_URL": "http://aid.example"})
    assert "plain http" in refused({"FEDI_AID_BASE_URL": "http://10.0.0.1:8080"})
    allowed = {"FEDI_AID_BASE_URL": "http://10.0.0.1:8080", "FEDI_AID_ALLOW_PRIVATE_ADDRESSES": "true"}
    assert load(allowed).domain == "10.0.0.1:8080"


def test_r27_fast_clocks_need_private_addresses():
    assert "allow_private_addresses" in refused({"FEDI_AID_FAST_BUTLER": "60"})
    private = {"FEDI_AID_ALLOW_PRIVATE_ADDRESSES": "yes"}
    for written, speed in (("60", 60), ("1.5", 1.5), ("true", 3600), ("1", 1), ("false", 1)):
        assert load(private | {"FEDI_AID_FAST_BUTLER": written}).fast_butler == speed
    for written in ("1", "1.0", "false", ""):
        assert load({"FEDI_AID_FAST_BUTLER": written}).fast_butler == 1
    for written in ("0", "0.5", "-3", "nan", "inf", "fast", "1e9"):
        assert "FEDI_AID_FAST_BUTLER" in refused(private | {"FEDI_AID_FAST_BUTLER": written})


@pytest.mark.parametrize(
    "url, kept",
    [
        ("sqlite:///x.db", "sqlite:///x.db"),
        ("sqlite+aiosqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("postgresql://u:p@h:5432/db", "postgresql+asyncpg://u:p@h:5432/db"),
        ("postgresql+asyncpg:///db?host=/run/pg", "postgresql+asyncpg:///db?host=/run/pg"),
    ],
)
def test_database_url(tmp_path: Path, url: str, kept: str):
    settings = load({"FEDI_AID_DATABASE_URL": url})
    assert settings.database_url == kept
    assert settings.is_postgres == kept.startswith("postgresql")
    if settings.is_postgres:
        with pytest.raises(ValueError, match="PostgreSQL"):
            _ = settings.sqlite_path
    else:
        assert settings.sqlite_path in (tmp_path / "x.db", Path("/srv/x.db"))


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/db",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h:x/db",
        "sqlite://",
        "sqlite:///",
    ]
    + ["sqlite:///:memory:", "sqlite://hunter2", "/srv/x.db", "postgres://u:hunter2@h/db"],
)
def test_a_bad_database_url_is_refused_without_its_password(url: str):
    sentence = refused({"FEDI_AID_DATABASE_URL": url})
    assert "FEDI_AID_DATABASE_URL" in sentence
    assert "hunter2" not in sentence


def test_secrets_are_never_shown():
    assert "hunter2" not in refused({"FEDI_AID_SECRET_KEY": "hunter2"})
    settings = load(
        {"FEDI_AID_SECRET_KEY": "hunter2" * 10, "FEDI_AID_DATABASE_URL": "postgresql://u:hunter2@h/db"}
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)
    assert "secret_key=***" in repr(settings)


@pytest.mark.parametrize(
    "name, value",
    [
        ("registration", "maybe"),
        ("allow_public_posts", "perhaps"),
        ("allow_private_addresses", 1),
        ("post_max_chars", "99"),
        ("post_max_chars", 5000.0),
        ("post_max_chars", True),
        ("post_max_chars", "９００"),
        ("media_max_bytes", "-1"),
        ("daily_ration", "many"),
        ("contact_email", "nobody"),
        ("default_language", "de"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("trusted_proxies", [5]),
        ("trusted_proxies", "proxy.example"),
        ("instance_name", "x" * 101),
        ("instance_name", ["x"]),
        ("data_dir", ""),
        ("data_dir", "a\0b"),
        ("log_level", "loud"),
        ("log_format", {}),
        ("deliver_concurrency", 0),
        ("fast_butler", []),
    ],
)
def test_bad_values_name_the_setting_and_what_is_accepted(name: str, value: object):
    sentence = refused({}, overrides={name: value})
    assert sentence.startswith(f"--{name.replace('_', '-')} is ")
    assert sentence.endswith(f"it must be {RULES[name].accepts}.")


def test_values_are_normalised():
    settings = load(
        {
            "FEDI_AID_REGISTRATION": " Open ",
            "FEDI_AID_TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
            "FEDI_AID_MEDIA_MAX_BYTES": "1_000_000",
            "FEDI_AID_CONTACT_EMAIL": " eve@aid.example ",
            "FEDI_AID_ALLOW_PUBLIC_POSTS": "ON",
        }
    )
    assert settings.registration == "open"
    assert settings.trusted_proxies == ("10.0.0.1/32", "fd00::/8")
    assert settings.media_max_bytes == 1_000_000
    assert settings.contact_email == "eve@aid.example"
    assert settings.allow_public_posts is True
    assert load({"FEDI_AID_TRUSTED_PROXIES": "none"}).trusted_proxies == ()


def test_explain_lists_every_setting_and_its_default_can_be_written_back():
    helps = explain()
    assert [entry.name for entry in helps] == list(Settings.__struct_fields__)
    for entry in helps:
        assert entry.help.endswith(".")
        assert entry.accepts
        assert entry.variable == f"FEDI_AID_{entry.name.upper()}"
    assert load({entry.variable: entry.default for entry in helps}) == load({})


@given(
    st.sampled_from(list(RULES)),
    st.text(max_size=40) | st.integers() | st.floats() | st.booleans() | st.none(),
)
def test_any_value_is_accepted_or_refused_in_one_sentence(name: str, value: object):
    try:
        settings = load(
            {},
            None,
            {name: value, "allow_private_addresses": True}
            if name != "allow_private_addresses"
            else {name: value},
        )
    except BadSetting as error:
        sentence = error.sentence
    else:
        sentence = repr(settings)
    assert sentence
