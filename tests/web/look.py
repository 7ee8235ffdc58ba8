"""Screenshots for the eye (not a test): python -m tests.web.look OUT."""

import sys
from pathlib import Path
from playwright.sync_api import sync_playwright
from tests.web.running import running

EX = Path("examples/dark")
out = Path(sys.argv[1])
out.mkdir(exist_ok=True)
SIZES = {"desk": (1440, 900, 1, False), "phone": (390, 844, 2, True), "across": (844, 390, 2, True)}
with running() as client, sync_playwright() as api:
    browser = api.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    for name, (w, h, dpr, touch) in SIZES.items():
        for theme in ("dark", "light") if name == "desk" else ("dark",):
            ctx = browser.new_context(
                viewport={"width": w, "height": h},
                device_scale_factor=dpr,
                has_touch=touch,
                is_mobile=touch,
                color_scheme=theme,
            )
            page = ctx.new_page()
            page.on("console", lambda m: print(name, m.type, m.text))
            page.on("pageerror", lambda e: print(name, "ERROR", e))
            page.goto(str(client.base_url))
            page.wait_for_selector("[data-ready]")
            page.screenshot(path=out / f"{name}-{theme}-0.png")
            page.set_input_files("#welcome .files", [EX / n for n in ("lamp.jpg",)])
            page.wait_for_function(
                "() => !document.querySelector('#stage').classList.contains('waiting')"
            )
            page.wait_for_timeout(600)
            page.screenshot(path=out / f"{name}-{theme}-1.png")
            page.set_input_files(
                "#add .files", [EX / n for n in ("chelsea.jpg", "rocket.jpg", "hopper.jpg")]
            )
            page.wait_for_function(
                "() => !document.querySelector('#stage').classList.contains('waiting')"
            )
            page.wait_for_timeout(600)
            page.screenshot(path=out / f"{name}-{theme}-2.png")
            if name == "phone":
                page.click("#adjust")
                page.wait_for_timeout(200)
                page.screenshot(path=out / f"{name}-{theme}-3.png")
            if name == "desk":
                page.click("#more")
                page.wait_for_timeout(200)
                page.screenshot(path=out / f"{name}-{theme}-3.png")
                page.click("#all")
                page.wait_for_timeout(2500)
                page.screenshot(path=out / f"{name}-{theme}-4.png")
            ctx.close()
    browser.close()
