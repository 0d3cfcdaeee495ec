"""What lies on disk: copies within a quota, uploads nobody used, pictures of what was deleted."""

import os
from pathlib import Path
from typing import Any

import pytest

from fedi_aid.actions import files
from fedi_aid.actions.elsewhere import Picture as Elsewhere
from fedi_aid.app import Running, house_of
from fedi_aid.media.cache import Cache
from fedi_aid.media.picture import Picture
from fedi_aid.media.pictures import prepare
from fedi_aid.model.posts import RemoteMedia
from fedi_aid.model.seals import Seal
from fedi_aid.settings import Settings
from fedi_aid.storage import posts
from fedi_aid.storage.jobs import claim
from fedi_aid.storage.tx import Tx
from fedi_aid.work.kinds import KINDS
from tests.api.conftest import Caller, World, checked
from tests.media.conftest import picture
from tests.media.test_hidden import upload

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def made() -> Picture:
    return prepare(picture(), max_pixels=10_000)


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_copies_stay_within_their_quota(tmp_path: Path, made: Picture) -> None:
    """B13: what was not looked at for longest goes first; both forms of a picture count."""
    each = len(made.full) + len(made.preview)
    cache = Cache(tmp_path, quota=10 * each)
    for number in range(10):
        cache.keep(str(number), made)
        _age(tmp_path, by=100)
    assert all(cache.find(str(number), small=True) for number in range(10))
    _age(tmp_path, by=100)
    for small in (False, True):
        assert cache.find("0", small=small) is not None  # of use just now
    cache.keep("10", made)
    assert bytes_in(tmp_path) <= 10 * each
    assert cache.find("0", small=False) is not None
    assert cache.find("10", small=False) is not None
    cache.drop("10")
    assert cache.find("10", small=False) is None
    # Another process counts what it finds.
    Cache(tmp_path, quota=3 * each).keep("11", made)
    assert bytes_in(tmp_path) <= 3 * each


def _age(folder: Path, *, by: float) -> None:
    for path in folder.rglob("*"):
        found = path.stat()
        os.utime(path, (found.st_atime - by, found.st_mtime - by))


def test_a_source_cannot_choose_its_place(tmp_path: Path, made: Picture) -> None:
    cache = Cache(tmp_path, quota=10**6)
    for source in ("../../etc/passwd", "a/b\0c", "\ud800", "x" * 10_000):
        cache.keep(source, made)
        found = cache.find(source, small=False)
        assert found is not None
        assert found.path.resolve().is_relative_to(tmp_path / "cache")
        assert (found.path.read_bytes(), found.content_type) == (made.full, "image/jpeg")


def lying(world: World) -> int:
    return len(list((world.settings.data_dir / "media").glob("??/*")))


async def work(world: World) -> None:
    """The hourly task and the jobs that it left."""
    await world.db.write(files.remove_loose)
    handle = files.handlers(world.instance)["drop_files"]
    for job in await world.db.write(claim, "media", "test", KINDS["drop_files"].lease, 50):
        assert await handle(job) is None


async def test_uploads_that_nobody_used_go_after_a_day(both_worlds: World) -> None:
    world = both_worlds
    amina = await world.member("amina")
    unused, used = await upload(amina), await upload(amina)
    post = await amina.say("@amina look", visibility="direct", media_ids=[used["id"]])
    world.tick(hours=23)
    await work(world)
    assert lying(world) == 4
    world.tick(hours=2)
    fresh = await upload(amina)
    await work(world)
    assert lying(world) == 4
    await gone(amina, unused)
    for file in (used, fresh):
        assert (await amina.call("GET", f"/api/v1/media/{file['id']}")).status_code == 200
    checked(await amina.call("DELETE", f"/api/v1/statuses/{post['id']}"))
    await work(world)
    assert lying(world) == 2
    await gone(amina, used)


async def gone(amina: Caller, file: Any) -> None:
    assert (await amina.call("GET", f"/api/v1/media/{file['id']}")).status_code == 404
    assert (await amina.world.http.get(file["url"])).status_code == 404


async def test_a_portrait_stays_and_the_one_before_goes(world: World) -> None:
    amina = await world.member("amina")
    for _ in range(2):
        sent = {"avatar": ("me.jpg", picture(), "image/jpeg")}
        checked(await amina.call("PATCH", "/api/v1/accounts/update_credentials", files=sent))
    world.tick(days=3)
    await work(world)
    assert lying(world) == 2


async def test_copies_of_what_was_deleted_elsewhere_go_too(world: World, made: Picture) -> None:
    author = await world.stranger("eve")
    await world.db.write(_a_deleted_post, author)
    cache = Cache(world.settings.data_dir, quota=10**6)
    name = Elsewhere(url="https://far.example/a.jpg", shape="post").name
    cache.keep(name, made)
    await work(world)
    assert cache.find(name, small=False) is None


def _a_deleted_post(tx: Tx, author_id: int) -> None:
    post_id = posts.insert(
        tx, uri="https://far.example/1", author_id=author_id, reach="public", deleted_at=tx.now
    )
    posts.put_remote_media(
        tx, post_id, author_id, [RemoteMedia(url="https://far.example/a.jpg", content_type="image/jpeg")]
    )


async def test_a_running_instance_does_it_by_the_clock(tmp_path: Path) -> None:
    running = await Running.open(Settings(data_dir=tmp_path))
    try:
        assert "loose files are removed" in await running.timetable.run_due()
    finally:
        await running.close()


# -- seals


def test_a_seal_opens_only_what_it_closed() -> None:
    seal, other = Seal(b"k" * 32), Seal(b"l" * 32)
    word = seal.word("file", b"content")
    assert word == seal.word("file", b"content")
    assert seal.content("file", word) == b"content"
    assert other.content("file", word) is None
    assert seal.content("portrait", word) is None
    for wrong in ("", "é", "A" * 10_000, word + "=", word[:-1], " " + word, word.swapcase()):
        assert seal.content("file", wrong) is None
    assert "k" * 8 not in repr(seal)


def test_the_seal_outlives_the_process(tmp_path: Path) -> None:
    """Addresses given out before a restart still open; two instances do not open each other's."""
    here, there = (Settings(data_dir=tmp_path / name) for name in ("here", "there"))
    word = house_of(here).seal.word("file", b"content")
    assert house_of(here).seal.content("file", word) == b"content"
    assert house_of(there).seal.content("file", word) is None
    fixed = Settings(data_dir=tmp_path / "none", secret_key="k" * 32)
    assert house_of(fixed).seal.word("file", b"") == house_of(fixed).seal.word("file", b"")
    assert not (tmp_path / "none").exists()
