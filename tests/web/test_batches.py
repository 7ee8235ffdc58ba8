"""Many photos on the page: saved together, into a ZIP or a folder, some of them no photos."""

import io
import zipfile
from pathlib import Path

import httpx

from tests.web.tab import Tab

LAMP, CAT, COFFEE = "lamp.jpg", "chelsea.jpg", "coffee.png"


def test_many_photos_as_a_zip(tab: Tab, client: httpx.Client, examples: Path) -> None:
    tab.page.evaluate("delete window.showDirectoryPicker")
    tab.add(examples / LAMP, examples / CAT)
    tab.drop(LAMP)
    tab.slide("strength", 60)
    tab.page.click(".thumb >> nth=1")
    tab.slide("tint", -20)
    name, saved = tab.saves("#save-all")
    assert name == "nightlift.zip"
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "lamp-lifted.jpg", "chelsea-lifted.jpg", "lamp-lifted (2).jpg"
        ]  # fmt: skip
        cat = (examples / CAT).read_bytes()
        wanted = client.post("/v1/enhance", params={"tint": -20}, content=cat)
        assert archive.read("chelsea-lifted.jpg") == wanted.content
    assert "3 photos are in nightlift.zip" in tab.message()


def test_finished_photos_are_kept_when_one_fails(tab: Tab, examples: Path, tmp_path: Path) -> None:
    tab.page.evaluate("delete window.showDirectoryPicker")
    wrong = tmp_path / "<b>letter.jpg"
    wrong.write_text("Dear Sir or Madam, this is no photo at all. " * 5)
    tab.add(wrong, examples / LAMP, examples / CAT, wait=False)
    tab.page.wait_for_selector("#message.bad")
    assert "This is a text file" in tab.message()
    assert tab.page.locator("#again").is_hidden()
    assert tab.page.locator("#film b").count() == 0
    _, saved = tab.saves("#save-all")
    assert len(zipfile.ZipFile(io.BytesIO(saved)).namelist()) == 2
    assert "1 could not be saved" in tab.message()
    tab.page.click(".thumb >> nth=0")
    tab.page.hover("#film li >> nth=0")
    tab.page.click(".remove >> nth=0")
    tab.settled()
    assert tab.page.locator(".thumb").count() == 2


def test_what_is_no_photo_is_neither_counted_nor_tried(
    tab: Tab, examples: Path, tmp_path: Path
) -> None:
    tab.page.evaluate("delete window.showDirectoryPicker")
    wrong = [tmp_path / f"{name}.jpg" for name in "abcd"]
    for path in wrong:
        path.write_text("Dear Sir or Madam, this is no photo at all. " * 5)
    tab.add(*wrong[:2], examples / LAMP, examples / CAT, *wrong[2:], wait=False)
    tab.page.wait_for_selector("#save-all:has-text('Save all 5')")
    tab.page.evaluate("""() => {
      window.opened = [];
      const { open } = app.engine;
      app.engine.open = (file, signal) => (opened.push(file.name), open(file, signal));
    }""")
    tab.saves("#save-all")
    assert "a.jpg" not in tab.page.evaluate("opened")
    told = tab.message()
    assert "2 photos are in nightlift.zip. 4 could not be saved." in told
    assert told.count("This is a text file") == 1
    assert tab.page.locator("#save-all").inner_text() == "Save all 2"
    assert tab.page.locator(".thumb.bad").count() == 4
    tab.page.evaluate("opened.length = 0")
    tab.saves("#save-all")
    assert tab.page.evaluate("opened") == [LAMP, CAT]


def test_photos_are_saved_as_they_were_set_when_it_began(
    tab: Tab, client: httpx.Client, examples: Path
) -> None:
    tab.page.evaluate("delete window.showDirectoryPicker")
    tab.add(examples / LAMP, examples / CAT)
    tab.page.evaluate("""() => {
      const download = app.engine.download;
      app.engine.download = async (...given) => {
        await new Promise(done => { window.go = done; });
        return download(...given);
      };
    }""")
    with tab.page.expect_download() as waiting:
        tab.page.click("#save-all")
        tab.page.wait_for_function("() => window.go")
        tab.page.click(".thumb >> nth=1")
        tab.slide("exposure", 2)
        tab.page.evaluate("() => { const first = go; window.go = null; first(); }")
        tab.page.wait_for_function("() => window.go")
        tab.page.evaluate("go()")
    with zipfile.ZipFile(waiting.value.path()) as archive:
        photo = (examples / CAT).read_bytes()
        wanted = client.post("/v1/enhance", content=photo).content
        assert archive.read("chelsea-lifted.jpg") == wanted
    assert tab.page.get_attribute(".thumb >> nth=1", "data-state") == "edited"


def test_a_batch_can_be_canceled_and_keeps_what_is_finished(tab: Tab, examples: Path) -> None:
    tab.page.evaluate("delete window.showDirectoryPicker")
    tab.add(examples / LAMP, examples / CAT, examples / COFFEE)
    tab.page.evaluate("""() => {
      const download = app.engine.download;
      let count = 0;
      app.engine.download = (photo, settings, saving, signal) => (count += 1) < 2
        ? download(photo, settings, saving, signal)
        : new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason)));
    }""")
    with tab.page.expect_download() as waiting:
        tab.page.click("#save-all")
        tab.page.wait_for_selector("#progress-text:has-text('Photo 2 of 3')")
        tab.page.click("#cancel")
    assert waiting.value.suggested_filename == "lamp-lifted.jpg"
    assert tab.message().startswith("Canceled.")
    assert tab.page.is_hidden("#progress")
    assert tab.focused() != ""


def test_photos_are_saved_into_a_folder(tab: Tab, client: httpx.Client, examples: Path) -> None:
    tab.page.evaluate("""async () => {
      const folder = await navigator.storage.getDirectory();
      window.showDirectoryPicker = async () => folder;
    }""")
    tab.add(examples / LAMP, examples / CAT)
    tab.page.click("#save-all")
    tab.page.wait_for_selector("#message:has-text('2 photos are in the folder')")
    size = tab.page.evaluate("""async () => {
      const folder = await navigator.storage.getDirectory();
      return (await (await folder.getFileHandle("lamp-lifted.jpg")).getFile()).size;
    }""")
    photo = (examples / LAMP).read_bytes()
    assert size == len(client.post("/v1/enhance", content=photo).content)
