"""Browser, system and device as tables of user agents and what they say."""

import pytest

from ingestion.enrichment.bots import BOTS, is_bot
from ingestion.enrichment.user_agent import AGENTS as REMEMBERED
from ingestion.enrichment.user_agent import LONGEST_READ, agent
from tests.ingestion.visits import visit

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android {}) AppleWebKit/537.36 (KHTML, like Gecko)"

AGENTS = [
    (f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36", "Chrome 126", "Windows 10", "desktop", "", ""),
    (f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.68", "Edge 126", "Windows 10", "desktop", "", ""),
    (f"{WINDOWS} Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0", "Opera 111", "Windows 10", "desktop", "", ""),
    (f"{WINDOWS} Chrome/124.0.0.0 Whale/3.26.244.21 Safari/537.36", "Whale 3.26", "Windows 10", "desktop", "", ""),
    (f"{WINDOWS} Chrome/126.0 YaBrowser/24.6 Safari/537.36", "Yandex Browser 24.6", "Windows 10", "desktop", "", ""),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Firefox 127",
        "Windows 10",
        "desktop",
        "",
        "",
    ),
    (
        "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; Tablet PC 2.0)",
        "Internet Explorer 9",
        "Windows 7",
        "desktop",
        "",
        "",
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Firefox 127",
        "Ubuntu",
        "desktop",
        "",
        "",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
        "Chrome 126",
        "Chrome OS 14541",
        "desktop",
        "",
        "",
    ),
    (f"{MAC} Version/17.4.1 Safari/605.1.15", "Safari 17.4", "macOS 10.15", "desktop", "Apple", "Mac"),
    # An iPad asks for the desktop's pages under the name of a Macintosh; only these tokens betray it.
    (f"{MAC} CriOS/126 Version/11.1.1 Safari/605.1.15", "Chrome 126", "iOS", "tablet", "Apple", "iPad"),
    (f"{MAC} Mobile/15E148", "Safari", "iOS", "tablet", "Apple", "iPad"),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Version/16.6 Mobile/15E148 Safari/604.1",
        "Safari 16.6",
        "iOS 16.6",
        "tablet",
        "Apple",
        "iPad",
    ),
    (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17.5", "iOS 17.5", "mobile", "Apple", "iPhone"),
    (f"{IPHONE} CriOS/126.0.6478.54 Mobile/15E148", "Chrome 126", "iOS 17.5", "mobile", "Apple", "iPhone"),
    (f"{IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox 127", "iOS 17.5", "mobile", "Apple", "iPhone"),
    (f"{IPHONE} GSA/320.0 Mobile/15E148 Safari/604.1", "Google App 320", "iOS 17.5", "mobile", "Apple", "iPhone"),
    (f"{IPHONE} Mobile/15E148 KAKAOTALK 10.8.0", "KakaoTalk 10.8", "iOS 17.5", "mobile", "Apple", "iPhone"),
    (
        f"{ANDROID.format('14; SM-S918B')} Chrome/126.0.0.0 Mobile Safari/537.36",
        "Chrome 126",
        "Android 14",
        "mobile",
        "Samsung",
        "SM-S918B",
    ),
    # Chrome names every model K and every version 10; that is no model.
    (
        f"{ANDROID.format('10; K')} Chrome/126.0.0.0 Mobile Safari/537.36",
        "Chrome 126",
        "Android 10",
        "mobile",
        "",
        "",
    ),
    (
        f"{ANDROID.format('13; SM-X906C')} Chrome/120.0.0.0 Safari/537.36",
        "Chrome 120",
        "Android 13",
        "tablet",
        "Samsung",
        "SM-X906C",
    ),
    (
        f"{ANDROID.format('13; SAMSUNG SM-A536B')} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
        "Samsung Internet 23",
        "Android 13",
        "mobile",
        "Samsung",
        "SM-A536B",
    ),
    (
        f"{ANDROID.format('13; SM-G991N Build/TP1A.220624.014; wv')} Version/4.0 Chrome/120.0 Mobile Safari/537.36 "
        "NAVER(inapp; search; 1000; 12.3.1)",
        "Naver",
        "Android 13",
        "mobile",
        "Samsung",
        "SM-G991N",
    ),
    (
        "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 SamsungBrowser/2.2 TV Safari/537.36",
        "Samsung Internet 2.2",
        "Tizen 6",
        "smarttv",
        "Samsung",
        "SMART-TV",
    ),
    (
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/79.0.3945.79 Safari/537.36 WebAppManager",
        "Chrome 79",
        "webOS",
        "smarttv",
        "LG",
        "Web0S SmartTV",
    ),
    (
        "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 Version/15.4 Safari/605.1.15",
        "Safari 15.4",
        "",
        "console",
        "Sony",
        "PlayStation 5",
    ),
    (f"{WINDOWS[:-38]}; Xbox; Xbox Series X) Edge/20.02", "Edge 20.02", "Windows 10", "console", "", ""),
    (
        "Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 OculusBrowser/33.0.0.1 VR Safari/537.36",
        "Oculus Browser 33",
        "Android",
        "wearable",
        "Meta",
        "Quest 3",
    ),
    ("MyApp/3 CFNetwork/1410.0.3 Darwin/22.6.0", "MyApp 3", "iOS 16", "mobile", "Apple", "iOS-Device"),
    (
        "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ1A)",
        "Android Browser 13",
        "Android 13",
        "mobile",
        "Google",
        "Pixel 7",
    ),
    ("okhttp/4.12.0", "okhttp 4.12", "", "mobile", "", ""),
    ("node", "", "", "server", "", ""),
    ("node-fetch/1.0", "", "", "server", "", ""),
    ("axios/1.6.8", "", "", "server", "", ""),
    ("python-requests/2.32.3", "", "", "server", "", ""),
    ("Go-http-client/2.0", "", "", "server", "", ""),
    ("curl/8.5.0", "", "", "server", "", ""),
    ("", "", "", "server", "", ""),
    ("Nodeology/1.0", "", "", "", "", ""),
    ("something nobody has heard of", "", "", "", "", ""),
]


@pytest.mark.parametrize(("text", "browser", "system", "device", "brand", "model"), AGENTS)
def test_a_user_agent_tells_browser_system_and_device(
    text: str, browser: str, system: str, device: str, brand: str, model: str
) -> None:
    found = agent(text)

    assert f"{found.browser} {found.browser_version}".strip() == browser
    assert f"{found.os} {found.os_version}".strip() == system
    assert (found.device, found.brand, found.model) == (device, brand, model)


def test_what_nobody_reads_of_a_user_agent_is_not_remembered_either() -> None:
    texts = ["Mozilla/5.0 ".ljust(LONGEST_READ, "x") + str(number) for number in range(3)]
    for answers in (REMEMBERED, BOTS):
        answers.forget()

    assert len({(agent(text), is_bot(text, False)) for text in texts}) == 1
    assert (len(REMEMBERED), len(BOTS)) == (1, 1)


def test_reserved_keys_win_over_the_user_agent() -> None:
    row = visit(
        overrides={"os": "HarmonyOS", "osVersion": "5", "browser": "Shell", "device": "Tablet", "brand": "Huawei"}
    )

    assert (row.os, row.osVersion, row.browser, row.browserVersion) == ("HarmonyOS", "5", "Shell", "126")
    assert (row.device, row.brand, row.model) == ("tablet", "Huawei", "")


def test_a_device_that_is_no_class_is_the_model() -> None:
    row = visit(overrides={"device": "iPhone 15 Pro"})

    assert (row.device, row.model) == ("desktop", "iPhone 15 Pro")


def test_a_country_that_is_no_country_code_changes_nothing() -> None:
    assert visit(address="8.8.8.8", overrides={"country": "kr"}).country == "KR"
    assert visit(address="8.8.8.8", overrides={"country": "Korea"}).country == "US"
